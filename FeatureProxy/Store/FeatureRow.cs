namespace Zakenak.FeatureProxy.Store;

/// <summary>What is known of one entity of one tenant.</summary>
/// <param name="View">Name of its view.</param>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Entity">Its id, unique within view and tenant.</param>
/// <param name="Values">Feature to value as text; a feature without a value is absent.</param>
public sealed record FeatureRow(string View, string Tenant, string Entity, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>Without the values.</summary>
    public override string ToString() => $"row of {View}";
}
