namespace Zakenak.FeatureProxy.Store;

/// <summary>A kind of entity and the features that its rows may have; the same for all tenants.</summary>
public sealed record FeatureView(string Name, IReadOnlySet<string> Features);
