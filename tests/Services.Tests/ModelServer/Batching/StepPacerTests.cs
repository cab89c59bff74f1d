using Zakenak.ModelServer.Batching;

namespace Zakenak.Services.Tests.ModelServer.Batching;

public class StepPacerTests
{
    [Theory]
    [InlineData(20, 1, 60)]
    [InlineData(20, 0.1, 504)]
    [InlineData(20, 100, 8)]
    [InlineData(200, 5, 40)]
    public void A_chunk_is_as_large_as_the_time_that_answers_leave(double answersMs, double promptTokenMs, int chunk)
    {
        var pacer = new StepPacer(targetMs: 80, leastTokens: 8);
        var tokens = 0;
        for (var step = 0; step < 50; step++)
        {
            pacer.Observe(answers: 8, prompts: 0, answersMs);
            tokens = pacer.PromptTokens(answers: 8, waiting: 1, most: 504);
            pacer.Observe(answers: 8, tokens, answersMs + (tokens * promptTokenMs));
        }

        Assert.InRange(tokens, chunk - 1, chunk + 1);
    }

    [Fact]
    public void Nobody_who_reads_along_is_a_reason_for_whole_batches()
    {
        var pacer = new StepPacer(targetMs: 80, leastTokens: 8);
        pacer.Observe(answers: 1, prompts: 8, 1000);

        Assert.Equal(512, pacer.PromptTokens(answers: 0, waiting: 1, most: 512));
    }

    [Fact]
    public void A_step_that_took_too_long_counts_at_once()
    {
        var pacer = new StepPacer(targetMs: 80, leastTokens: 8);
        for (var step = 0; step < 20; step++)
        {
            pacer.Observe(answers: 4, prompts: 0, 10);
            pacer.Observe(answers: 4, prompts: 70, 80);
        }

        var before = pacer.PromptTokens(answers: 4, waiting: 1, most: 504);
        pacer.Observe(answers: 4, prompts: 70, 290);

        Assert.Equal(70, before);
        Assert.InRange(pacer.PromptTokens(answers: 4, waiting: 1, most: 504), 20, 35);
    }

    [Theory]
    [InlineData(10, 3, 56)]
    [InlineData(3, 3, 18)]
    [InlineData(10, 6, 5)]
    public void A_whole_tile_is_decoded_where_it_is_much_cheaper_and_not_far_too_long(double smallTokenMs, double tiledTokenMs, int mostly)
    {
        var pacer = new StepPacer(targetMs: 80, leastTokens: 4);
        pacer.Observe(answers: 0, prompts: 512, 512 * tiledTokenMs);
        for (var step = 0; step < 20; step++)
        {
            pacer.Observe(answers: 8, prompts: 0, 55);
        }

        var chunks = new List<int>();
        for (var step = 0; step < 100; step++)
        {
            var tokens = pacer.PromptTokens(answers: 8, waiting: 1, most: 504);
            pacer.Observe(answers: 8, tokens, 55 + (tokens * (tokens < StepPacer.Tile - 8 ? smallTokenMs : tiledTokenMs)));
            chunks.Add(tokens);
        }

        Assert.InRange(chunks.Order().ElementAt(50), mostly - 1, mostly + 1);
    }

    [Theory]
    [InlineData(16, 1, 60)]
    [InlineData(8, 2, 60)]
    [InlineData(8, 4, 140)]
    [InlineData(4, 4, 300)]
    [InlineData(1, 15, 300)]
    public void A_step_is_longer_the_more_wait_but_not_without_end(int answers, int waiting, int chunk)
    {
        var pacer = new StepPacer(targetMs: 80, leastTokens: 8, hasTiles: false);
        for (var step = 0; step < 50; step++)
        {
            pacer.Observe(answers, prompts: 0, 20);
            pacer.Observe(answers, prompts: 50, 20 + 50);
        }

        Assert.InRange(pacer.PromptTokens(answers, waiting, most: 504), chunk - 2, chunk + 2);
    }

    [Theory]
    [InlineData(40, 1, 120)]
    [InlineData(100, 2, 100)]
    [InlineData(20, 0.5, 280)]
    [InlineData(70, 50, 48)]
    public void A_whole_prompt_may_take_twice_the_time(double answersMs, double promptTokenMs, int most)
    {
        var pacer = new StepPacer(targetMs: 80, leastTokens: 8, hasTiles: false);
        for (var step = 0; step < 50; step++)
        {
            pacer.Observe(answers: 16, prompts: 0, answersMs);
            pacer.Observe(answers: 16, prompts: 20, answersMs + (20 * promptTokenMs));
        }

        Assert.InRange(pacer.WholePrompt(answers: 16, most: 496), most - 2, most + 2);
    }

    [Fact]
    public void Where_tokens_cost_the_same_in_any_number_no_step_reaches_for_a_tile()
    {
        var pacer = new StepPacer(targetMs: 80, leastTokens: 4, hasTiles: false);
        for (var step = 0; step < 20; step++)
        {
            pacer.Observe(answers: 8, prompts: 0, 40);
        }

        var chunks = new List<int>();
        for (var step = 0; step < 100; step++)
        {
            var tokens = pacer.PromptTokens(answers: 8, waiting: 1, most: 504);
            pacer.Observe(answers: 8, tokens, 40 + (tokens * 4.0));
            chunks.Add(tokens);
        }

        Assert.All(chunks, chunk => Assert.InRange(chunk, 0, 11));
        Assert.InRange(chunks.Order().ElementAt(50), 9, 11);
    }

    [Fact]
    public void Answers_that_become_slower_while_prompts_come_all_the_time_are_not_taken_for_slow_prompts()
    {
        var pacer = new StepPacer(targetMs: 80, leastTokens: 8);
        for (var step = 0; step < 40; step++)
        {
            pacer.Observe(answers: 16, prompts: 0, 60);
            pacer.Observe(answers: 16, prompts: 20, 60 + (20 * 2.7));
        }

        var tokens = 0;
        for (var step = 0; step < 200; step++)
        {
            tokens = pacer.PromptTokens(answers: 16, waiting: 1, most: 496);
            pacer.Observe(answers: 16, tokens, 120 + (tokens * 2.7));
        }

        Assert.InRange(tokens, 35, 60);
    }

    [Theory]
    [InlineData(10, 2, 1)]
    [InlineData(10, 4, 1)]
    [InlineData(5, 0.5, 0.3)]
    [InlineData(60, 6, 4)]
    public void A_crowd_that_comes_after_one_reader_is_not_taken_for_slow_prompts(double baseMs, double answerMs, double promptTokenMs)
    {
        var pacer = new StepPacer(targetMs: 80, leastTokens: 8);
        double StepMs(int answers, int prompts) => baseMs + (answers * answerMs) + (prompts * promptTokenMs);
        for (var step = 0; step < 100; step++)
        {
            pacer.Observe(answers: 1, prompts: 0, StepMs(1, 0));
        }

        var answersMs = StepMs(16, 0);
        var right = Math.Max(80 - answersMs, answersMs) / promptTokenMs;
        for (var step = 0; step < 12; step++)
        {
            var tokens = pacer.PromptTokens(answers: 16, waiting: 1, most: 496);
            pacer.Observe(answers: 16, tokens, StepMs(16, tokens));
        }

        Assert.InRange(pacer.PromptTokens(answers: 16, waiting: 1, most: 496), 0.4 * right, 1.6 * right);
    }
}
