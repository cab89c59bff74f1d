using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Limits;

namespace Zakenak.Services.Tests.Gateway;

public class BudgetTests
{
    private const long Minute = 60_000;
    private const long Slot = Minute / 240;

    /// <summary>One thing that happens: time passes, and a request begins, or one that runs ends with a share of what it held.</summary>
    private sealed record Step(int Milliseconds, bool Begins, int Amount, int UsedPercent);

    private sealed class Life(long begin, long held)
    {
        public long Begin { get; } = begin;

        public long Held { get; } = held;

        public long End { get; set; } = long.MaxValue;

        public long Used { get; set; }
    }

    private static Gen<(int Limit, Step[] Steps)> Cases() =>
        from limit in Gen.Choose(1, 100)
        from steps in (
            from time in Gen.Choose(0, 12).Select(t => t < 6 ? 0 : t < 11 ? (t - 5) * 700 : 31_000)
            from begins in Gen.Choose(0, 2)
            from amount in Gen.Choose(1, 40)
            from used in Gen.Choose(0, 6)
            select new Step(time, begins > 0, amount, used switch { 0 => 0, < 3 => 100, var u => u * 15 })).ListOf(250)
        select (limit, steps.ToArray());

    [Fact]
    public void No_minute_has_more_than_the_limit_wherever_in_its_life_a_request_used_its_tokens() => Prop.ForAll(Cases().ToArbitrary(), c =>
    {
        // The most that any minute could have: all requests whose life touches it. Run checks at each step that it is not much less either.
        var lives = Run(c.Limit, c.Steps);
        foreach (var start in lives.SelectMany(l => new[] { l.Begin, l.Begin - Minute + 1, l.End - Minute + 1, l.End }))
        {
            var touched = lives.Where(l => l.Begin < start + Minute && l.End >= start && l.End != long.MaxValue).Sum(l => l.Used);
            Assert.True(touched <= c.Limit, $"{touched} of {c.Limit} in the minute from {start}");
        }
    }).QuickCheckThrowOnFailure();

    private static List<Life> Run(int limit, Step[] steps)
    {
        var budget = new Budget(Minute) { Limit = limit };
        var now = 1_000_000L;
        var lives = new List<Life>();
        foreach (var step in steps)
        {
            now += step.Milliseconds;
            var exact = lives.Sum(l => l.End == long.MaxValue ? l.Held : now - l.End < Minute ? l.Used : 0);
            var late = lives.Sum(l => l.End == long.MaxValue ? l.Held : now - l.End < Minute + Slot ? l.Used : 0);
            Assert.InRange(budget.Used(now), exact, late);
            if (step.Begins && budget.Fits(step.Amount, now) == Fit.Yes)
            {
                Assert.Equal(0, budget.UntilFree(step.Amount, now));
                budget.Hold(step.Amount);
                lives.Add(new Life(now, step.Amount));
            }
            else if (step.Begins)
            {
                AssertWait(budget, lives, limit, step.Amount, now);
            }
            else if (lives.FirstOrDefault(l => l.End == long.MaxValue) is { } running)
            {
                (running.End, running.Used) = (now, running.Held * step.UsedPercent / 100);
                budget.Settle(running.Held, running.Used, now);
            }
        }

        return lives;
    }

    /// <summary>After the wait that is told there is room, unless running requests are in the way; before it there is none.</summary>
    private static void AssertWait(Budget budget, List<Life> lives, int limit, int amount, long now)
    {
        var held = lives.Where(l => l.End == long.MaxValue).Sum(l => l.Held);
        if (budget.UntilFree(amount, now) is not { } wait)
        {
            Assert.True(held + amount > limit);
            return;
        }

        Assert.InRange(wait, 1, Minute + Slot);
        var freeThen = limit - held - lives.Where(l => l.End != long.MaxValue && now + wait - l.End < Minute).Sum(l => l.Used);
        Assert.True(freeThen >= amount);
    }

    [Fact]
    public void A_limit_that_is_lowered_below_what_is_used_leaves_nothing_and_no_less()
    {
        var budget = new Budget(Minute) { Limit = 10 };
        budget.Hold(8);
        budget.Settle(8, 8, 5);
        budget.Limit = 4;
        Assert.Equal(0, budget.Remaining(6));
        Assert.Equal(Minute + Slot - 6, budget.UntilReset(6));
        budget.Limit = 12;
        Assert.Equal(4, budget.Remaining(7));
    }
}
