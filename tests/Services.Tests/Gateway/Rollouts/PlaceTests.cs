using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Rollouts;
using Zakenak.Gateway.Routing.Replicas;

namespace Zakenak.Services.Tests.Gateway.Rollouts;

/// <summary>Where clients are on the line of a rollout.</summary>
public sealed class PlaceTests
{
    private const int Clients = 20_000;

    [Fact]
    public void A_larger_share_only_adds_clients_and_everybody_is_in_all_of_it() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyString>(), ArbMap.Default.ArbFor<ulong>(), Gen.Choose(0, 10_000).Two().ToArbitrary(),
        (client, seed, shares) =>
        {
            var place = RolloutChoice.PlaceOf(client.Get, seed);
            var (less, more) = (Math.Min(shares.Item1, shares.Item2) / 100.0, Math.Max(shares.Item1, shares.Item2) / 100.0);
            return place is >= 0 and < 100 && (!(place < less) || place < more) && place == RolloutChoice.PlaceOf(client.Get, seed);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_share_of_clients_is_what_it_says() => Prop.ForAll(
        Gen.Choose(1, 99).ToArbitrary(), ArbMap.Default.ArbFor<ulong>(),
        (percent, seed) =>
        {
            var share = percent / 100.0;
            var chosen = Enumerable.Range(0, Clients).Count(i => RolloutChoice.PlaceOf($"{i:x16}", seed) < percent);

            // Five standard deviations of a fair draw: over hundreds of runs chance alone does not get there.
            return Math.Abs(chosen - (share * Clients)) < 5 * Math.Sqrt(Clients * share * (1 - share));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Another_rollout_draws_other_clients()
    {
        var (one, two) = (StableHash.Of("one", seed: 0), StableHash.Of("two", seed: 0));
        var both = Enumerable.Range(0, Clients).Count(i => RolloutChoice.PlaceOf($"{i:x16}", one) < 50 && RolloutChoice.PlaceOf($"{i:x16}", two) < 50);
        Assert.InRange(both, Clients * 0.23, Clients * 0.27);
    }
}
