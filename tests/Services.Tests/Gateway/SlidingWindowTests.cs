using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Limits;

namespace Zakenak.Services.Tests.Gateway;

public class SlidingWindowTests
{
    private const long Window = 60;

    /// <summary>Steps of time between requests, many of them none, and limits from 1 up past the first size of the buffer.</summary>
    private static Gen<(int Limit, int[] Steps)> Cases() =>
        from limit in Gen.Choose(1, 40)
        from steps in Gen.Choose(0, 9).Select(n => n < 5 ? 0 : n < 9 ? n - 4 : 45).ListOf(300)
        select (limit, steps.ToArray());

    [Fact]
    public void It_admits_exactly_what_a_list_of_all_times_would() => Prop.ForAll(Cases().ToArbitrary(), c =>
    {
        var window = new SlidingWindow(c.Limit, Window);
        var admitted = new List<long>();
        var now = 1000L;
        foreach (var step in c.Steps)
        {
            now += step;
            var last = admitted.Where(t => now - t < Window).ToList();
            Assert.Equal(c.Limit - last.Count, window.Remaining(now));
            Assert.Equal(last.Count == 0 ? 0 : last[^1] + Window - now, window.UntilReset(now));
            Assert.Equal(last.Count < c.Limit ? 0 : last[0] + Window - now, window.UntilNext(now));
            if (last.Count < c.Limit)
            {
                window.Admit(now);
                admitted.Add(now);
            }
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_minute_wherever_it_begins_has_more_than_the_limit() => Prop.ForAll(Cases().ToArbitrary(), c =>
    {
        var window = new SlidingWindow(c.Limit, Window);
        var admitted = new List<long>();
        var now = 0L;
        foreach (var step in c.Steps)
        {
            now += step;
            if (window.Remaining(now) > 0)
            {
                window.Admit(now);
                admitted.Add(now);
            }
        }

        foreach (var begin in admitted)
            Assert.True(admitted.Count(t => t >= begin && t < begin + Window) <= c.Limit);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void When_it_refuses_it_says_to_the_tick_when_it_will_not()
    {
        var window = new SlidingWindow(3, Window);
        for (var now = 10L; now < 13; now++)
        {
            Assert.True(window.Remaining(now) > 0);
            window.Admit(now);
        }

        Assert.Equal(0, window.Remaining(20));
        var wait = window.UntilNext(20);
        Assert.Equal(0, window.Remaining(20 + wait - 1));
        Assert.Equal(1, window.Remaining(20 + wait));
    }
}
