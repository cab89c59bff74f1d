using System.Collections.Immutable;

namespace Zakenak.Gateway.Rollouts;

/// <summary>The newest rollout of each model, and what of the file of rollouts was taken in. Never changes.</summary>
/// <param name="Rollouts">By model.</param>
/// <param name="Declared">By model, the hash of its item in the file: what was begun once is not begun again at each start.</param>
internal sealed record RolloutBook(ImmutableSortedDictionary<string, Rollout> Rollouts, ImmutableSortedDictionary<string, string> Declared)
{
    public static RolloutBook Empty { get; } = new(
        ImmutableSortedDictionary.Create<string, Rollout>(StringComparer.Ordinal), ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    public Rollout? Find(string model) => Rollouts.GetValueOrDefault(model);

    public RolloutBook With(Rollout rollout) => this with { Rollouts = Rollouts.SetItem(rollout.Model, rollout) };
}
