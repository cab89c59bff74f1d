using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Limits;

namespace Zakenak.Services.Tests.Gateway;

public class PromptBoundTests
{
    [Fact]
    public void Of_an_unknown_model_a_token_is_a_byte()
    {
        var bound = new PromptBound();
        Assert.InRange(bound.Of(600, extended: false), 600, 700);
        for (var i = 0; i < 200; i++)
            bound.Learn(600, extended: false, 150);
        Assert.InRange(bound.Of(10_000, extended: false), 10_000, 10_100);
        Assert.InRange(bound.Of(600, extended: true), 600, 700);
    }

    [Fact]
    public void It_becomes_tight_and_holds_for_all_but_the_very_unusual() => Prop.ForAll(
        (from ratio in Gen.Choose(15, 60)
         from overhead in Gen.Choose(0, 80)
         from seed in Gen.Choose(0, int.MaxValue - 1)
         select (Ratio: ratio / 10.0, overhead, seed)).ToArbitrary(),
        c =>
        {
            // Prompts of a model have about the same bytes per token, and some of them a quarter fewer.
            var bound = new PromptBound();
            var random = new Random(c.seed);
            var (low, reserved, used) = (0, 0L, 0L);
            for (var i = 0; i < 3000; i++)
            {
                var bytes = random.Next(200, 1000);
                var tokens = c.overhead + (int)(bytes / (c.Ratio * (0.75 + (random.NextDouble() / 2))));
                if (i >= 500)
                {
                    low += bound.Of(bytes, extended: false) < tokens ? 1 : 0;
                    (reserved, used) = (reserved + bound.Of(bytes, extended: false), used + tokens);
                }

                bound.Learn(bytes, extended: false, tokens);
            }

            Assert.InRange(low, 0, 25);
            Assert.True(reserved < used * 2.2, $"{reserved} reserved for {used}");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Nothing_that_a_client_sends_makes_it_overflow()
    {
        var bound = new PromptBound();
        for (var i = 0; i < 20; i++)
            bound.Learn(1, extended: true, int.MaxValue);
        Assert.Equal(int.MaxValue, bound.Of(1, extended: true));
        Assert.True(bound.Of(0, extended: false) > 0);
        Assert.True(bound.Of(64 * 1024 * 1024, extended: false) > 0);
    }
}
