using FsCheck;
using FsCheck.Fluent;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching;

namespace Zakenak.Services.Tests.ModelServer.Batching;

/// <summary>Any limits, any requests, arriving and cancelled at any step, ended by the model at any token, with decodes that fail.</summary>
public class SchedulerPropertyTests
{
    private static readonly SamplerOptions s_greedy = new(0, 1, 1);

    private static readonly Gen<Request> s_request =
        from prompt in Gen.Choose(1, 60)
        from maxTokens in Gen.Choose(1, 30)
        from arrives in Gen.Choose(0, 40)
        from ends in Gen.Frequency((2, Gen.Choose(0, 30)), (1, Gen.Constant(int.MaxValue)))
        from cancelled in Gen.Frequency((3, Gen.Constant(int.MaxValue)), (1, Gen.Choose(0, 80)))
        select new Request(prompt, maxTokens, arrives, ends, cancelled);

    private static readonly Gen<Run> s_run =
        from batch in Gen.Choose(4, 40)
        from sequences in Gen.Choose(1, 4)
        from cells in Gen.Choose(90, 300)
        from failing in Gen.Frequency((3, Gen.Constant(-1)), (1, Gen.Choose(0, 40)))
        from requests in s_request.ListOf()
        select new Run(new SchedulerLimits(cells, batch, sequences), [.. requests], failing);

    [Fact]
    public void Whatever_comes_budgets_hold_every_request_ends_once_and_all_cells_come_back() =>
        Prop.ForAll(s_run.ToArbitrary(), Check).QuickCheckThrowOnFailure();

    private static void Check(Run run)
    {
        var scheduler = new Scheduler(run.Limits);
        var all = run.Requests.Select(request => (Request: request, Sequence: new Sequence(new int[request.Prompt], request.MaxTokens, s_greedy))).ToList();
        var cells = new Dictionary<int, int>();
        var owner = new Dictionary<int, Sequence>();
        var order = new List<Sequence>();
        var lastArrival = run.Requests.Select(request => request.Arrives).DefaultIfEmpty(0).Max();
        var longest = 200 + run.Requests.Sum(request => request.Prompt + request.MaxTokens);
        for (var step = 0; step <= lastArrival || scheduler.WaitingCount + scheduler.Running.Count > 0; step++)
        {
            Assert.True(step < longest, "Somebody starves.");
            foreach (var (request, sequence) in all)
            {
                if (request.Arrives == step)
                {
                    scheduler.Enqueue(sequence);
                    order.Add(sequence);
                }

                if (request.CancelledAt == step && request.Arrives <= step)
                {
                    Release(sequence, () => scheduler.Remove(sequence, FinishReason.Cancelled));
                }
            }

            var batch = scheduler.Schedule().ToArray();
            Observe(batch);
            if (batch.Length == 0)
            {
                Assert.Equal(0, scheduler.WaitingCount);
                continue;
            }

            if (step == run.FailingStep)
            {
                foreach (var sequence in scheduler.InBatch())
                {
                    Release(sequence, () => scheduler.Remove(sequence, FinishReason.Failed));
                }

                continue;
            }

            foreach (var token in batch)
            {
                Assert.Equal(cells.GetValueOrDefault(token.Sequence), token.Position);
                cells[token.Sequence] = token.Position + 1;
            }

            scheduler.Decoded();
            Assert.Equal(cells.Values.Sum(), scheduler.UsedCells);
            Assert.True(scheduler.UsedCells <= run.Limits.ContextTokens);
            foreach (var sequence in scheduler.Sampled.ToArray())
            {
                var request = all.Single(pair => ReferenceEquals(pair.Sequence, sequence)).Request;
                var slot = sequence.Slot;
                if (scheduler.Apply(sequence, sequence.AnswerTokens, endOfGeneration: sequence.AnswerTokens == request.EndsAfter))
                {
                    cells.Remove(slot);
                    owner.Remove(slot);
                }
            }
        }

        Assert.Equal(0, scheduler.UsedCells);
        Assert.Equal(0, scheduler.ReservedCells);
        Assert.Empty(cells);
        foreach (var (request, sequence) in all)
        {
            CheckEnd(request, sequence);
        }

        void Observe(BatchToken[] batch)
        {
            Assert.True(batch.Length <= run.Limits.BatchTokens);
            Assert.True(scheduler.Running.Count <= run.Limits.MaxSequences);
            Assert.True(scheduler.ReservedCells <= run.Limits.ContextTokens);
            foreach (var sequence in scheduler.Running)
            {
                // A slot changes hands only after it was given back.
                Assert.Same(sequence, owner.TryGetValue(sequence.Slot, out var before) ? before : owner[sequence.Slot] = sequence);
                Assert.True(sequence.State != SequenceState.Decode || sequence.LogitsIndex >= 0, "An answer under way was left out of a step.");
            }

            // First in, first out: nobody waits who came before one that runs.
            var waitingSince = order.FindIndex(sequence => sequence.State == SequenceState.Waiting);
            Assert.True(waitingSince < 0 || order.Skip(waitingSince).All(sequence => sequence.State is SequenceState.Waiting or SequenceState.Ended));
        }

        void Release(Sequence sequence, Action remove)
        {
            if (sequence.Slot >= 0)
            {
                cells.Remove(sequence.Slot);
                owner.Remove(sequence.Slot);
            }

            remove();
        }
    }

    private static void CheckEnd(Request request, Sequence sequence)
    {
        // The channel is completed once; a second end would have thrown or changed the reason.
        Assert.Equal(SequenceState.Ended, sequence.State);
        Assert.NotNull(sequence.End);
        var answer = new List<int>();
        while (sequence.Tokens.TryRead(out var token))
        {
            answer.Add(token);
        }

        Assert.True(sequence.Tokens.Completion.IsCompleted);
        Assert.Equal(Enumerable.Range(0, sequence.AnswerTokens), answer);
        switch (sequence.End)
        {
            case FinishReason.Stop:
                Assert.Equal(request.EndsAfter, answer.Count);
                break;
            case FinishReason.Length:
                Assert.Equal(request.MaxTokens, answer.Count);
                break;
        }
    }

    internal sealed record Request(int Prompt, int MaxTokens, int Arrives, int EndsAfter, int CancelledAt);

    internal sealed record Run(SchedulerLimits Limits, IReadOnlyList<Request> Requests, int FailingStep);
}
