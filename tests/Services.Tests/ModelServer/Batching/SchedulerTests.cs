using Zakenak.Engine;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Batching.Cells;

namespace Zakenak.Services.Tests.ModelServer.Batching;

public class SchedulerTests
{
    private static readonly SamplerOptions s_greedy = new(0, 1, 1);
    private static readonly PrefixSharing s_shared = new("acme");

    [Fact]
    public void Answers_under_way_come_before_prompts_in_a_batch()
    {
        var scheduler = Create(new SchedulerLimits(1000, 8, 4, 4, 4), leastTokens: 2);
        var first = Sequence(prompt: 3);
        scheduler.Enqueue(first);
        Step(scheduler);
        var second = Sequence(prompt: 20);
        scheduler.Enqueue(second);

        var batch = scheduler.Schedule();

        Assert.Equal(first.Slot, batch[0].Sequence);
        Assert.True(batch[0].Logits);
        Assert.Equal(3, batch.Length);
        Assert.All(batch[1..].ToArray(), token => Assert.Equal(second.Slot, token.Sequence));
    }

    [Fact]
    public void A_short_prompt_is_not_cut_in_two_and_a_long_one_is_not_stretched()
    {
        var scheduler = Create(new SchedulerLimits(1000, 100, 4, 4, 4) { BlockTokens = 1 }, leastTokens: 10);
        scheduler.Enqueue(Sequence(prompt: 3));
        Step(scheduler);
        var lengths = new List<int>();
        foreach (var prompt in new[] { StepPacer.Tile - 1, StepPacer.Tile })
        {
            var sequence = Sequence(prompt);
            scheduler.Enqueue(sequence);
            while (sequence.AnswerTokens == 0)
            {
                lengths.Add(scheduler.Schedule().Length - scheduler.BatchAnswers);
                Finish(scheduler, 1, end: false);
            }
        }

        Assert.Equal([63, 10, 10, 10, 10, 10, 10, 4], lengths);
    }

    [Fact]
    public void A_long_prompt_is_decoded_in_whole_batches_while_nobody_reads_along()
    {
        var scheduler = Create(new SchedulerLimits(1000, 8, 4, 4, 4) { BlockTokens = 4 });
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
    public void A_sequence_that_could_never_fit_is_refused()
    {
        var scheduler = Create(new SchedulerLimits(100, 64, 4, 4, 4));

        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.Enqueue(Sequence(prompt: 60, maxTokens: 41)));
        Assert.Equal(0, scheduler.WaitingCount);
    }

    [Fact]
    public void The_end_of_the_answer_is_not_part_of_it()
    {
        var scheduler = Create(new SchedulerLimits(100, 64, 4, 4, 4));
        var sequence = Sequence(prompt: 2, maxTokens: 9);
        scheduler.Enqueue(sequence);
        Step(scheduler, token: 7);
        Step(scheduler, token: 8, end: true);

        Assert.Equal(FinishReason.Stop, sequence.End);
        Assert.True(sequence.Tokens.TryRead(out var token));
        Assert.Equal(7, token);
        Assert.False(sequence.Tokens.TryRead(out _));
        Assert.Equal(0, scheduler.UsedCells);
    }

    [Fact]
    public void When_cells_run_out_the_youngest_is_put_back_and_goes_on_where_it_was()
    {
        var scheduler = Create(new SchedulerLimits(200, 64, 4, 4, 4));
        var sequences = Enumerable.Range(0, 2).Select(_ => Sequence(prompt: 10, maxTokens: 150)).ToList();
        sequences.ForEach(scheduler.Enqueue);
        var putBackAt = 0;
        for (var step = 0; step < 1000 && sequences.Any(sequence => sequence.End is null); step++)
        {
            Step(scheduler, token: step);
            putBackAt = putBackAt == 0 && scheduler.Preemptions > 0 ? sequences[1].AnswerTokens : putBackAt;
        }

        Assert.InRange(putBackAt, 64, 149);
        Assert.All(sequences, sequence => Assert.Equal((FinishReason.Length, 150), (sequence.End!.Value, sequence.AnswerTokens)));
    }

    [Fact]
    public void A_prompt_that_begins_like_one_before_is_decoded_from_where_they_differ()
    {
        var scheduler = Create(new SchedulerLimits(1000, 256, 4, 8, 4));
        var first = Shared(prompt: 100, differsAt: 100);
        scheduler.Enqueue(first);
        Step(scheduler, end: true);
        var second = Shared(prompt: 100, differsAt: 70);
        scheduler.Enqueue(second);

        var batch = scheduler.Schedule();

        Assert.Equal(64, second.CachedTokens);
        Assert.Equal(36, batch.Length);
        Assert.Equal(CellOperation.Copy(0, second.Slot, 0, 64), scheduler.Operations[^1]);
    }

    [Fact]
    public void Prompts_that_begin_alike_and_come_at_once_are_decoded_once()
    {
        var scheduler = Create(new SchedulerLimits(4000, 64, 8, 16, 8));
        var sequences = Enumerable.Range(0, 8).Select(i => Shared(prompt: 170, differsAt: 161)).ToList();
        sequences.ForEach(scheduler.Enqueue);
        var decoded = 0;
        for (var step = 0; step < 20 && sequences.Any(sequence => sequence.AnswerTokens == 0); step++)
        {
            decoded += scheduler.Schedule().Length - scheduler.BatchAnswers;
            Finish(scheduler, 1, end: false);
        }

        Assert.Equal(160 + (8 * 10), decoded);
        Assert.All(sequences[1..], sequence => Assert.Equal(160, sequence.CachedTokens));
    }

    [Theory]
    [InlineData(100, 96)]
    [InlineData(50, 48)]
    [InlineData(0, 0)]
    public void Nothing_is_shared_past_what_may_be_shared(int sharedTokens, int cached)
    {
        var scheduler = Create(new SchedulerLimits(1000, 256, 4, 8, 4));
        foreach (var sequence in Enumerable.Range(0, 2).Select(_ => Shared(prompt: 100, differsAt: 100, s_shared with { SharedTokens = sharedTokens })))
        {
            scheduler.Enqueue(sequence);
            Step(scheduler, end: true);
            Assert.Equal(scheduler.CachedCells == cached ? cached : -1, scheduler.UsedCells);
        }

        Assert.Equal(cached, scheduler.ReusedTokens);
    }

    [Fact]
    public void Another_scope_shares_nothing()
    {
        var scheduler = Create(new SchedulerLimits(1000, 256, 4, 8, 4));
        foreach (var scope in new[] { "acme", "globex" })
        {
            scheduler.Enqueue(Shared(prompt: 100, differsAt: 100, new PrefixSharing(scope)));
            Step(scheduler, end: true);
        }

        Assert.Equal(0, scheduler.ReusedTokens);
        Assert.Equal(192, scheduler.CachedCells);
    }

    [Fact]
    public void Answers_to_one_request_share_its_prompt_even_past_what_the_scope_may_share()
    {
        var scheduler = Create(new SchedulerLimits(1000, 256, 4, 8, 4));
        var sharing = s_shared with { SharedTokens = 20, Siblings = new object() };
        var sequences = Enumerable.Range(0, 3).Select(_ => Shared(prompt: 100, differsAt: 100, sharing)).ToList();
        sequences.ForEach(scheduler.Enqueue);
        Step(scheduler);
        Step(scheduler);

        Assert.Equal([0, 96, 96], sequences.Select(sequence => sequence.CachedTokens));
        Step(scheduler, end: true);
        Assert.Equal(16, scheduler.CachedCells);
    }

    [Fact]
    public void The_longest_unused_prefix_makes_room_first()
    {
        var scheduler = Create(new SchedulerLimits(400, 400, 4, 8, 4));
        foreach (var scope in new[] { "a", "b", "a" })
        {
            scheduler.Enqueue(Shared(prompt: 130, differsAt: 130, new PrefixSharing(scope)));
            Step(scheduler, end: true);
        }

        scheduler.Enqueue(Shared(prompt: 200, differsAt: 200, new PrefixSharing("c")));
        Step(scheduler, end: true);
        var before = scheduler.ReusedTokens;
        var again = Shared(prompt: 130, differsAt: 130, new PrefixSharing("a"));
        scheduler.Enqueue(again);
        Step(scheduler);

        Assert.Equal(128, before);
        Assert.Equal(128, again.CachedTokens);
        Assert.InRange(scheduler.EvictedTokens, 16, 64);
    }

    [Fact]
    public void A_prefix_that_nobody_asks_for_is_given_up_before_it_costs_more_than_computing_it_anew()
    {
        var scheduler = Create(new SchedulerLimits(4000, 400, 4, 8, 4) { IdlePrefixTokens = 400 });
        foreach (var scope in new[] { "idle", "used" })
        {
            scheduler.Enqueue(Shared(prompt: 130, differsAt: 130, new PrefixSharing(scope)));
            Step(scheduler, end: true);
        }

        for (var turn = 0; turn < 3; turn++)
        {
            scheduler.Enqueue(Shared(prompt: 130, differsAt: 130, new PrefixSharing("used")));
            scheduler.Enqueue(Sequence(prompt: 101, maxTokens: 1));
            Assert.Equal(0, scheduler.EvictedTokens);
            Step(scheduler, end: true);
        }

        var used = Shared(prompt: 130, differsAt: 130, new PrefixSharing("used"));
        scheduler.Enqueue(used);
        Step(scheduler);
        Assert.Equal(128, scheduler.EvictedTokens);
        Assert.Equal(128, used.CachedTokens);
    }

    [Fact]
    public void A_tenant_that_asks_little_does_not_wait_for_one_that_asks_much()
    {
        var scheduler = Create(new SchedulerLimits(8000, 64, 8, 16, 6), leastTokens: 32);
        var flood = Enumerable.Range(0, 40).Select(_ => Sequence(prompt: 100, maxTokens: 500, tenant: "flood")).ToList();
        flood.ForEach(scheduler.Enqueue);
        for (var step = 0; step < 30; step++)
        {
            Step(scheduler);
        }

        var little = Sequence(prompt: 50, tenant: "little");
        scheduler.Enqueue(little);
        var steps = 0;
        for (; little.AnswerTokens == 0; steps++)
        {
            Step(scheduler);
        }

        Assert.Equal(1, steps);
    }

    [Fact]
    public void A_tenant_that_has_nothing_running_takes_the_place_of_anothers_second_sequence()
    {
        var scheduler = Create(new SchedulerLimits(1000, 64, 2, 8, 2));
        var greedy = Enumerable.Range(0, 2).Select(_ => Sequence(prompt: 10, maxTokens: 400, tenant: "greedy")).ToList();
        greedy.ForEach(scheduler.Enqueue);
        Step(scheduler);
        var other = Sequence(prompt: 10, maxTokens: 3, tenant: "other");
        scheduler.Enqueue(other);
        Step(scheduler);

        Assert.Equal([SequenceState.Decode, SequenceState.Waiting], greedy.Select(sequence => sequence.State));
        Assert.Equal(SequenceState.Decode, other.State);
        while (other.End is null)
        {
            Step(scheduler);
        }

        Step(scheduler);
        Assert.Equal(SequenceState.Decode, greedy[1].State);
    }

    [Fact]
    public void Higher_priority_goes_first_and_lower_is_not_forgotten()
    {
        var scheduler = Create(new SchedulerLimits(1000, 64, 1, 1, 1));
        var low = Sequence(prompt: 1, maxTokens: 1, priority: Priority.Low);
        var high = Enumerable.Range(0, 20).Select(_ => Sequence(prompt: 1, maxTokens: 1, priority: Priority.High)).ToList();
        scheduler.Enqueue(low);
        high.ForEach(scheduler.Enqueue);
        Step(scheduler);
        Assert.Equal((FinishReason.Length, null), (high[0].End, low.End));
        for (var step = 0; step < 9; step++)
        {
            Step(scheduler);
        }

        Assert.NotNull(low.End);
        Assert.Contains(high, sequence => sequence.End is null);
    }

    [Fact]
    public void Who_waited_too_long_is_ended_and_who_ran_is_not()
    {
        var scheduler = Create(new SchedulerLimits(1000, 64, 1, 1, 1));
        var (runs, late, patient) = (Sequence(prompt: 1), Sequence(prompt: 1), Sequence(prompt: 1));
        (runs.Deadline, late.Deadline, patient.Deadline) = (10, 10, 11);
        scheduler.Enqueue(runs);
        Step(scheduler);
        scheduler.Enqueue(late);
        scheduler.Enqueue(patient);
        scheduler.Expire(now: 10);

        Assert.Equal([null, FinishReason.Expired, null], new[] { runs, late, patient }.Select(sequence => sequence.End));
    }

    private static Scheduler Create(SchedulerLimits limits, int leastTokens = 64) => new(limits, new StepPacer(50, leastTokens));

    private static Sequence Sequence(int prompt, int maxTokens = 16, string tenant = "acme", Priority priority = Priority.Normal) =>
        new([.. Enumerable.Range(1, prompt)], maxTokens, s_greedy) { Tenant = tenant, Priority = priority };

    private static Sequence Shared(int prompt, int differsAt, PrefixSharing? sharing = null)
    {
        var own = Random.Shared.Next(1000, int.MaxValue);
        return new([.. Enumerable.Range(0, prompt).Select(i => i < differsAt ? i : own)], 16, s_greedy) { Tenant = "acme", Sharing = sharing ?? s_shared };
    }

    private static void Step(Scheduler scheduler, int token = 1, bool end = false)
    {
        scheduler.Schedule();
        Finish(scheduler, token, end);
    }

    private static void Finish(Scheduler scheduler, int token, bool end)
    {
        scheduler.ClearOperations();
        scheduler.Decoded();
        foreach (var sequence in scheduler.Sampled)
        {
            scheduler.Apply(sequence, token, end);
        }
    }
}
