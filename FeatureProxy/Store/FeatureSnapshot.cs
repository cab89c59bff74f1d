using System.Collections.Frozen;

namespace Zakenak.FeatureProxy.Store;

/// <summary>All views and rows of one reading of the seed file; immutable.</summary>
internal sealed record FeatureSnapshot(
    FrozenDictionary<string, FeatureView> Views, FrozenDictionary<(string View, string Tenant, string Entity), FeatureRow> Rows)
{
    public static FeatureSnapshot Empty { get; } = new(
        FrozenDictionary<string, FeatureView>.Empty, FrozenDictionary<(string View, string Tenant, string Entity), FeatureRow>.Empty);
}
