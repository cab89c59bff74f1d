using System.Runtime.CompilerServices;
using EmbeddedHost.Orchestration;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Says how resources are, and waits for how they should be.</summary>
public class ResourceNotificationService
{
    private readonly Lazy<Orchestrator> _orchestrator;

    internal ResourceNotificationService(Lazy<Orchestrator> orchestrator) => _orchestrator = orchestrator;

    /// <summary>Ends when the resource is in the state, or in <see cref="KnownResourceStates.Running"/> when none is given.</summary>
    public async Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        await WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken).ConfigureAwait(false);

    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToArray();
        var reached = await WaitForResourceAsync(resourceName, @event => states.Contains(@event.Snapshot.State?.Text, StringComparer.OrdinalIgnoreCase), cancellationToken).ConfigureAwait(false);
        return reached.Snapshot.State!.Text;
    }

    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        ResourceEvent? reached = null;
        await WaitUntilAsync(
            resourceName,
            runner => (reached = runner.Replicas.Select(replica => SnapshotOf(runner, replica)).FirstOrDefault(predicate)) is not null,
            cancellationToken).ConfigureAwait(false);
        return reached!;
    }

    /// <summary>Ends when all replicas are running and healthy and all subscribers of its <see cref="ResourceReadyEvent"/> are done.</summary>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default)
    {
        ResourceRunner? healthy = null;
        await WaitUntilAsync(
            resourceName,
            runner => (healthy = runner.IsReady && runner.HasBeenReady ? runner : null) is not null,
            cancellationToken).ConfigureAwait(false);
        return SnapshotOf(healthy!, healthy!.Replicas[0]);
    }

    public bool TryGetCurrentState(string resourceId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        resourceEvent = _orchestrator.Value.Runners
            .SelectMany(runner => runner.Replicas.Where(replica => string.Equals(replica.Name, resourceId, StringComparison.OrdinalIgnoreCase)).Select(replica => SnapshotOf(runner, replica)))
            .FirstOrDefault();
        return resourceEvent is not null;
    }

    /// <summary>All resources as they are, and then each one that changes.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var seen = new Dictionary<Replica, ReplicaStatus>();
        while (true)
        {
            var next = _orchestrator.Value.Changes.Next;
            foreach (var runner in _orchestrator.Value.Runners)
            {
                foreach (var replica in runner.Replicas)
                {
                    var status = replica.Status;
                    if (seen.TryGetValue(replica, out var before) && before.Equals(status))
                        continue;
                    seen[replica] = status;
                    yield return SnapshotOf(runner, replica);
                }
            }

            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static ResourceEvent SnapshotOf(ResourceRunner runner, Replica replica) =>
        new(runner.Resource, replica.Name, CustomResourceSnapshot.Of(runner.Resource, replica.Status));

    private async Task WaitUntilAsync(string resourceName, Func<ResourceRunner, bool> condition, CancellationToken cancellationToken)
    {
        ResourceRunner? runner = null;
        try
        {
            await _orchestrator.Value.Changes.WaitUntilAsync(
                () => (runner = _orchestrator.Value.Find(resourceName)) is not null && condition(runner), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // A test that waits in vain should say what it waited for.
            var states = runner is null
                ? "there is no such resource"
                : string.Join("; ", runner.Replicas.Select(replica => $"{replica.Name} is {StateNames.Of(replica.Status.State)} {replica.Status.Reason}; its last lines: {string.Join(" | ", replica.Log.Last(5).Select(entry => entry.Text))}"));
            throw new OperationCanceledException($"Waiting for '{resourceName}' was cancelled: {states}", cancellationToken);
        }
    }
}
