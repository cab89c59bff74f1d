using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Limits;
using static Zakenak.Services.Tests.Gateway.LeasingReplicas;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>Replicas that share limits, one step at a time.</summary>
public class LeaseTests
{
    private static Gen<(int Limit, Step[] Steps)> Cases() =>
        from limit in Gen.Choose(3, 400)
        from steps in (
            from deed in Gen.Frequency(
                (10, Gen.Constant(Deed.Ask)), (5, Gen.Constant(Deed.End)), (8, Gen.Constant(Deed.Renew)), (1, Gen.Constant(Deed.RenewInVain)),
                (1, Gen.Constant(Deed.RenewUnheard)), (1, Gen.Constant(Deed.Crash)), (1, Gen.Constant(Deed.Leave)), (5, Gen.Constant(Deed.Wait)))
            from replica in Gen.Choose(0, LeasingReplicas.Count - 1)
            from amount in Gen.Choose(1, 100)
            select new Step(deed, replica, amount)).ListOf(200)
        select (limit, steps.ToArray());

    [Fact]
    public void All_replicas_together_never_have_more_than_the_limit_in_any_minute() => Prop.ForAll(Cases().ToArbitrary(), c =>
    {
        var suite = new LeasingReplicas(c.Limit);
        foreach (var step in c.Steps)
            suite.Take(step);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task What_is_idle_goes_where_it_is_wanted_and_two_that_want_all_get_half()
    {
        var suite = new LeasingReplicas(1000);
        Assert.True(await suite.AskAsync(0, 300));
        suite.Take(new Step(Deed.End, 0, 0));
        suite.Take(new Step(Deed.Renew, 0, 0));

        // Nothing was used: all of it can go to another, which finds some of it leased, and all of it as soon as the first heard of that.
        Assert.False(await suite.AskAsync(1, 1000));
        foreach (var replica in new[] { 1, 0, 1 })
            suite.Take(new Step(Deed.Renew, replica, 0));
        Assert.True(await suite.AskAsync(1, 1000));
        suite.Take(new Step(Deed.End, 1, 100));

        // Both want what there is, again and again.
        var got = new long[2];
        for (var second = 0; second < 600; second++)
        {
            for (var replica = 0; replica < 2; replica++)
            {
                while (await suite.AskAsync(replica, 20))
                {
                    suite.Take(new Step(Deed.End, replica, 100));
                    got[replica] += second > 300 ? 20 : 0;
                }
            }

            suite.Take(new Step(Deed.Wait, 0, 10));
            suite.Take(new Step(Deed.Renew, 0, 0));
            suite.Take(new Step(Deed.Renew, 1, 0));
        }

        Assert.InRange(got[0], got[1] * 0.7, got[1] * 1.4);
        Assert.True(got.Sum() > 300 / 60.25 * 1000 * 0.85, $"{got[0]} and {got[1]} of {300 / 60.25 * 1000:F0}");
    }

    [Fact]
    public async Task Once_a_part_is_leased_nothing_is_asked_for_it_and_after_its_end_nothing_is_admitted()
    {
        var suite = new LeasingReplicas(1600);
        Assert.True(await suite.AskAsync(0, 10));
        suite.Leases.Fails = MemoryLeases.Fault.Before;
        Assert.Equal(AdmissionResult.Admitted, suite.Reserve(0, 60));
        Assert.Equal(AdmissionResult.Unleased, suite.Reserve(0, 60));
        suite.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(AdmissionResult.Admitted, suite.Reserve(0, 10));
        suite.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AdmissionResult.Unleased, suite.Reserve(0, 1));
    }
}
