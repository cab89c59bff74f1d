using System.Numerics;
using System.Runtime.CompilerServices;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.State;

namespace Zakenak.Gateway.KillSwitch;

/// <summary>The requests that are being answered, so that those which are stopped meanwhile can be ended.</summary>
internal sealed class RunningAnswers
{
    private readonly KillCheck _check;
    private readonly KillMetrics _metrics;
    private readonly HashSet<InferenceRequest>[] _shards;

    public RunningAnswers(KillCheck check, SharedState<KillSet> state, KillMetrics metrics)
    {
        (_check, _metrics) = (check, metrics);

        // Several, so that cores seldom wait for each other.
        _shards = new HashSet<InferenceRequest>[BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount * 4)];
        for (var i = 0; i < _shards.Length; i++)
            _shards[i] = new HashSet<InferenceRequest>(ReferenceEqualityComparer.Instance);

        // The check has heard of it before, as it was made before: who enters from now on looks at the new state, and who entered before is found here.
        state.Changed += set =>
        {
            if (!set.IsEmpty)
                EndStopped();
        };
    }

    /// <summary>To be followed by the check, and by <see cref="Leave"/>.</summary>
    public void Enter(InferenceRequest request)
    {
        var shard = ShardOf(request);
        lock (shard)
            shard.Add(request);
    }

    public void Leave(InferenceRequest request)
    {
        var shard = ShardOf(request);
        lock (shard)
            shard.Remove(request);
    }

    private void EndStopped()
    {
        foreach (var shard in _shards)
        {
            InferenceRequest[] running;
            lock (shard)
                running = [.. shard];
            foreach (var request in running)
            {
                if (_check.Refuse(request.Client!, request.Route!.Model) is { } refusal && request.Deadline?.Cut(refusal) == true)
                    _metrics.Ended(refusal.Code);
            }
        }
    }

    private HashSet<InferenceRequest> ShardOf(InferenceRequest request) => _shards[RuntimeHelpers.GetHashCode(request) & (_shards.Length - 1)];
}
