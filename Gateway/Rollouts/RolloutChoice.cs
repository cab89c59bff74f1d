using System.Collections.Frozen;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Routing.Replicas;
using Zakenak.Gateway.State;

namespace Zakenak.Gateway.Rollouts;

/// <summary>
/// The version that a model's newest rollout says, and, while it is under way, the candidate for its share of clients. A client stays where it is: its
/// place on a line from 0 to 100 follows from its identity and the rollout, so a larger share only adds clients. Without a rollout it is the newest version.
/// </summary>
internal sealed class RolloutChoice : IVersionChoice
{
    private readonly Lock _lock = new();
    private volatile FrozenDictionary<string, Plan>? _plans;

    public RolloutChoice(SharedState<RolloutBook> state) => state.Changed += Follow;

    /// <summary>Null while it is not known what was decided: the newest version may be one that was rolled back.</summary>
    public ModelRoute? Choose(InferenceRequest request, ModelVersions versions)
    {
        request.Arm = null;
        var routes = versions.Routes;
        if (_plans is not { } plans)
            return null;
        if (!plans.TryGetValue(versions.Name, out var plan))
            return routes[0];
        ModelRoute? settled = null, other = null;
        for (var i = 0; i < routes.Count; i++)
        {
            if (routes[i].Model.Version == plan.Settled)
                settled = routes[i];
            else if (routes[i].Model.Version == plan.Other)
                other = routes[i];
        }

        // What is decided and not served, somebody took away: any answer is better than none.
        if (plan.Sample is not { } sample || settled is null || other is null)
            return settled ?? other ?? routes[0];
        var isCandidate = PlaceOf(request.Client!.KeyId, plan.Seed) < plan.Percent;
        request.Arm = isCandidate ? sample.Candidate : sample.Stable;
        return isCandidate ? other : settled;
    }

    /// <summary>What was seen of a rollout's step that is under way; null where it is not.</summary>
    public StepSample? SampleOf(Rollout rollout) => _plans?.GetValueOrDefault(rollout.Model)?.Sample is { } sample && sample.Is(rollout) ? sample : null;

    /// <summary>A client's place on the line from 0 to 100; the same at every gateway.</summary>
    public static double PlaceOf(string client, ulong seed) => (StableHash.Of(client, seed) >> 11) * (100.0 / (1UL << 53));

    public static ulong SeedOf(Rollout rollout) => StableHash.Of(rollout.Id, seed: 0);

    private void Follow(RolloutBook book)
    {
        lock (_lock)
        {
            var before = _plans;
            _plans = book.Rollouts.Values.ToFrozenDictionary(
                r => r.Model,
                r => new Plan(r.Settled, r.Settled == r.To ? r.From : r.To, r.Percent, SeedOf(r),
                    !r.IsUnderWay ? null : before?.GetValueOrDefault(r.Model)?.Sample is { } sample && sample.Is(r) ? sample : new StepSample(r)),
                StringComparer.Ordinal);
        }
    }

    private sealed record Plan(string Settled, string Other, double Percent, ulong Seed, StepSample? Sample);
}
