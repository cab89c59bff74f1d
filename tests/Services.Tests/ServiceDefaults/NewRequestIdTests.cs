using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

public class NewRequestIdTests
{
    [Fact]
    public void Ids_are_UUIDs_of_version_7_of_now_and_no_two_are_alike()
    {
        var from = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        string[] ids = [.. ParallelEnumerable.Range(0, 10_000).Select(_ => NewRequestId.Next())];
        var to = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
        foreach (var id in ids)
        {
            Assert.Matches("^req_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$", id);
            Assert.InRange(Convert.ToInt64(id[4..16], 16), from - 1000, to + 1000);
        }

        // Not one and the same random part that is counted up, or taken twice.
        Assert.Equal(ids.Length, ids.Select(id => id[20..]).Distinct(StringComparer.Ordinal).Count());
    }
}
