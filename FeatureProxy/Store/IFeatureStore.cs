namespace Zakenak.FeatureProxy.Store;

/// <summary>Where features are kept. It answers what is there; who may read it is decided above.</summary>
public interface IFeatureStore
{
    /// <summary>The definition of a view, or null where there is none.</summary>
    ValueTask<FeatureView?> FindViewAsync(string view, CancellationToken cancellationToken);

    /// <summary>A tenant's row for an entity, or null where that tenant has none.</summary>
    ValueTask<FeatureRow?> FindRowAsync(string view, string tenant, string entity, CancellationToken cancellationToken);
}
