using System.Collections.Frozen;
using Zakenak.Contracts;
using Zakenak.FeatureProxy.Features;
using Zakenak.FeatureProxy.Store;

namespace Zakenak.Services.Tests.FeatureProxy;

public class FeatureReaderTests
{
    [Theory]
    [InlineData("customer", "other", "42")]
    [InlineData("customer", "dev", "43")]
    [InlineData("order", "dev", "42")]
    public async Task A_store_that_answers_with_a_row_of_someone_else_leaks_nothing(string view, string tenant, string entity)
    {
        var reader = new FeatureReader(new CarelessStore(new FeatureRow(view, tenant, entity, new Dictionary<string, string> { ["tier"] = "gold" })));
        var (values, refusal) = await ReadAsync(reader);
        Assert.Null(values);
        Assert.Equal((403, "feature_not_granted"), (refusal?.Status, refusal?.Code));
    }

    [Fact]
    public async Task Its_own_row_is_read()
    {
        var reader = new FeatureReader(new CarelessStore(new FeatureRow("customer", "dev", "42", new Dictionary<string, string> { ["tier"] = "gold" })));
        var (values, refusal) = await ReadAsync(reader);
        Assert.Null(refusal);
        Assert.Equal([new FeatureValue("customer:tier", "gold")], values);
    }

    private static ValueTask<(IReadOnlyList<FeatureValue>? Values, Zakenak.ServiceDefaults.Refusal? Refusal)> ReadAsync(FeatureReader reader) => reader.ReadAsync(
        new Grant
        {
            Issuer = "spiffe://zakenak.local/ns/dev/sa/gateway",
            Audience = [ServiceNames.FeatureProxy],
            Tenant = "dev",
            RequestId = "r",
            IssuedAt = 0,
            ExpiresAt = 1,
            KeyId = "k",
            Model = "m",
            Features = [new FeatureGrant("customer", ["42"])],
        },
        new Dictionary<string, string> { ["customer"] = "42" },
        [new FeatureRef("customer", "tier")],
        TestContext.Current.CancellationToken);

    /// <summary>Forgets to ask whose the row is.</summary>
    private sealed class CarelessStore(FeatureRow row) : IFeatureStore
    {
        public ValueTask<FeatureView?> FindViewAsync(string view, CancellationToken cancellationToken) =>
            ValueTask.FromResult<FeatureView?>(new FeatureView(view, FrozenSet.Create("tier")));

        public ValueTask<FeatureRow?> FindRowAsync(string view, string tenant, string entity, CancellationToken cancellationToken) =>
            ValueTask.FromResult<FeatureRow?>(row);
    }
}
