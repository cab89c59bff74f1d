namespace Zakenak.FeatureProxy.Store;

/// <summary>Features of a seed file, held in memory and replaced as a whole.</summary>
internal sealed class MemoryFeatureStore : IFeatureStore
{
    private volatile FeatureSnapshot _snapshot = FeatureSnapshot.Empty;

    public FeatureSnapshot Snapshot
    {
        get => _snapshot;
        set => _snapshot = value;
    }

    public ValueTask<FeatureView?> FindViewAsync(string view, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_snapshot.Views.GetValueOrDefault(view));

    public ValueTask<FeatureRow?> FindRowAsync(string view, string tenant, string entity, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_snapshot.Rows.GetValueOrDefault((view, tenant, entity)));
}
