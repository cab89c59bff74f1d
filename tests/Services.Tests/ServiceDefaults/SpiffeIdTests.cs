using FsCheck;
using FsCheck.Fluent;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

public class SpiffeIdTests
{
    [Theory]
    [InlineData("spiffe://zakenak.local/ns/dev/sa/gateway")]
    [InlineData("spiffe://zakenak.local")]
    [InlineData("spiffe://a_b-c.1/UPPER/...")]
    public void Good_ids_parse_to_themselves(string text) => Assert.Equal(text, SpiffeId.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("SPIFFE://zakenak.local/a")]
    [InlineData("https://zakenak.local/a")]
    [InlineData("spiffe:///a")]
    [InlineData("spiffe://Zakenak.local/a")]
    [InlineData("spiffe://zakenak.local/")]
    [InlineData("spiffe://zakenak.local/a/")]
    [InlineData("spiffe://zakenak.local/a//b")]
    [InlineData("spiffe://zakenak.local/./a")]
    [InlineData("spiffe://zakenak.local/a/..")]
    [InlineData("spiffe://zakenak.local/a%2fb")]
    [InlineData("spiffe://zakenak.local/ä")]
    [InlineData("spiffe://zakenak.local:443/a")]
    [InlineData("spiffe://user@zakenak.local/a")]
    [InlineData("spiffe://zakenak.local/a?b")]
    [InlineData("spiffe://zakenak.local/a#b")]
    [InlineData("spiffe://zakenak.local/a b")]
    [InlineData("spiffe://zakenak.local/a\n")]
    public void Bad_ids_do_not_parse(string text) => Assert.False(SpiffeId.TryParse(text, out _));

    [Fact]
    public void Ids_longer_than_2048_do_not_parse()
    {
        const string start = "spiffe://zakenak.local/";
        Assert.True(SpiffeId.TryParse(start + new string('a', 2048 - start.Length), out _));
        Assert.False(SpiffeId.TryParse(start + new string('a', 2049 - start.Length), out _));
        Assert.False(SpiffeId.TryParse("spiffe://" + new string('a', 256), out _));
    }

    [Fact]
    public void A_service_cannot_smuggle_a_segment()
    {
        Assert.Throws<FormatException>(() => SpiffeId.ForService("zakenak.local", "dev", "gateway/sa/model-server"));
        Assert.Throws<FormatException>(() => SpiffeId.ForService("zakenak.local", "dev/sa", "gateway"));
        Assert.Throws<FormatException>(() => SpiffeId.ForService("zakenak.local/ns", "dev", "gateway"));
    }

    [Fact]
    public void Whatever_parses_has_only_what_the_standard_allows() =>
        Prop.ForAll<string>(text => !SpiffeId.TryParse("spiffe://" + text, out var id)
            || (id.ToString().All(c => c < 128 && !char.IsControl(c) && c is not ('%' or '?' or '#' or '@' or ' ' or '\\'))
                && id.ToString() == $"spiffe://{id.TrustDomain}{id.Path}")).QuickCheckThrowOnFailure();
}
