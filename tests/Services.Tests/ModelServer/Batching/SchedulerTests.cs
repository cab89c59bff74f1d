using Zakenak.Engine;
using Zakenak.ModelServer.Batching;

namespace Zakenak.Services.Tests.ModelServer.Batching;

public class SchedulerTests
{
    private static readonly SamplerOptions s_greedy = new(0, 1, 1);

    [Fact]
    public void Answers_under_way_come_before_prompts_in_a_batch()
    {
        var scheduler = new Scheduler(new SchedulerLimits(1000, 8, 4));
        var first = Sequence(prompt: 3);
        scheduler.Enqueue(first);
        Step(scheduler);
        var second = Sequence(prompt: 20);
        scheduler.Enqueue(second);

        var batch = scheduler.Schedule();

        Assert.Equal(first.Slot, batch[0].Sequence);
        Assert.True(batch[0].Logits);
        Assert.Equal(8, batch.Length);
        Assert.All(batch[1..].ToArray(), token => Assert.Equal(second.Slot, token.Sequence));
    }

    [Fact]
    public void A_long_prompt_is_decoded_in_chunks_and_only_its_last_token_asks_for_logits()
    {
        var scheduler = new Scheduler(new SchedulerLimits(1000, 8, 4));
        scheduler.Enqueue(Sequence(prompt: 20));

        var lengths = new List<int>();
        var logits = 0;
        for (var step = 0; step < 3; step++)
        {
            var batch = scheduler.Schedule();
            lengths.Add(batch.Length);
            foreach (var token in batch)
            {
                logits += token.Logits ? 1 : 0;
            }

            scheduler.Decoded();
        }

        Assert.Equal([8, 8, 4], lengths);
        Assert.Equal(1, logits);
    }

    [Fact]
    public void A_sequence_waits_until_all_cells_it_can_need_are_free()
    {
        var scheduler = new Scheduler(new SchedulerLimits(100, 64, 4));
        var first = Sequence(prompt: 10, maxTokens: 60);
        var second = Sequence(prompt: 10, maxTokens: 40);
        var small = Sequence(prompt: 1, maxTokens: 1);
        scheduler.Enqueue(first);
        scheduler.Enqueue(second);
        scheduler.Enqueue(small);
        Step(scheduler);

        // The small one would fit, but nobody overtakes the head of the queue: else the head could wait for ever.
        Assert.Equal(SequenceState.Waiting, second.State);
        Assert.Equal(SequenceState.Waiting, small.State);

        scheduler.Remove(first, FinishReason.Cancelled);
        Step(scheduler);

        Assert.Equal(SequenceState.Decode, second.State);
        Assert.Equal(SequenceState.Ended, small.State);
    }

    [Fact]
    public void A_sequence_that_could_never_fit_is_refused()
    {
        var scheduler = new Scheduler(new SchedulerLimits(100, 64, 4));

        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.Enqueue(Sequence(prompt: 60, maxTokens: 41)));
        Assert.Equal(0, scheduler.WaitingCount);
    }

    [Fact]
    public void The_end_of_the_answer_is_not_part_of_it()
    {
        var scheduler = new Scheduler(new SchedulerLimits(100, 64, 4));
        var sequence = Sequence(prompt: 2, maxTokens: 9);
        scheduler.Enqueue(sequence);
        Step(scheduler, token: 7);
        Step(scheduler, token: 8, end: true);

        Assert.Equal(FinishReason.Stop, sequence.End);
        Assert.True(sequence.Tokens.TryRead(out var token));
        Assert.Equal(7, token);
        Assert.False(sequence.Tokens.TryRead(out _));
        Assert.Equal(0, scheduler.ReservedCells);
        Assert.Equal(0, scheduler.UsedCells);
    }

    private static Sequence Sequence(int prompt, int maxTokens = 16) => new([.. Enumerable.Range(1, prompt)], maxTokens, s_greedy);

    private static void Step(Scheduler scheduler, int token = 1, bool end = false)
    {
        scheduler.Schedule();
        scheduler.Decoded();
        foreach (var sequence in scheduler.Sampled.ToArray())
        {
            scheduler.Apply(sequence, token, end);
        }
    }
}
