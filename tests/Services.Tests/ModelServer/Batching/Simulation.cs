using Zakenak.Engine;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Batching.Cells;

namespace Zakenak.Services.Tests.ModelServer.Batching;

/// <summary>Runs a scheduler to the end of all requests, step by step, and checks each.</summary>
internal sealed class Simulation
{
    private static readonly SamplerOptions s_greedy = new(0, 1, 1);

    private readonly SchedulerPropertyTests.Run _run;
    private readonly StepPacer _pacer = new(targetMs: 50, leastTokens: 2);
    private readonly Scheduler _scheduler;
    private readonly FakeCells _cells;
    private readonly Dictionary<Sequence, SchedulerPropertyTests.Request> _all = [];
    private readonly Dictionary<Sequence, int> _endings = [];

    public Simulation(SchedulerPropertyTests.Run run)
    {
        _run = run;
        _scheduler = new Scheduler(run.Limits, _pacer);
        _cells = new FakeCells(run.Limits.ContextTokens, run.Limits.SequenceIds);
        var siblings = Enumerable.Range(0, 5).Select(_ => new object()).ToList();
        foreach (var request in run.Requests)
        {
            // Siblings are answers to one request: same tenant, same prompt. The generator's others have none.
            var sharing = new PrefixSharing($"{request.Tenant}/{request.Scope}", request.Shared, request.Siblings == 0 ? siblings[request.Tenant[1] - '0'] : null);
            _all.Add(new Sequence(request.Tokens, request.MaxTokens, s_greedy) { Tenant = request.Tenant, Priority = request.Priority, Sharing = sharing }, request);
        }
    }

    public void Go()
    {
        var lastArrival = _run.Requests.Select(request => request.Arrives).DefaultIfEmpty(0).Max();

        // Even if everybody ran alone and everything were decoded again at each turn of another.
        var longest = 1000 + (20 * _run.Requests.Sum(request => request.Prompt + request.MaxTokens));
        for (var step = 0; step <= lastArrival || _scheduler.WaitingCount + _scheduler.Running.Count > 0; step++)
        {
            Assert.True(step < longest, "Somebody starves.");
            Arrive(step);
            Step(step);
            CountEndings();
        }

        Assert.Equal(_scheduler.CachedCells, _scheduler.UsedCells);
        foreach (var (sequence, request) in _all)
        {
            CheckEnd(request, sequence);
        }
    }

    private void Arrive(int step)
    {
        foreach (var (sequence, request) in _all)
        {
            if (request.Arrives == step)
            {
                _scheduler.Enqueue(sequence);
            }

            if (request.CancelledAt == step && request.Arrives <= step)
            {
                _scheduler.Remove(sequence, FinishReason.Cancelled);
            }
        }
    }

    private void Step(int step)
    {
        var oldest = _all.Keys.Where(sequence => sequence.Ticket > 0 && sequence.End is null).MinBy(sequence => sequence.Ticket);
        var wasRunning = oldest?.State is SequenceState.Prefill or SequenceState.Decode;
        var batch = _scheduler.Schedule();
        MoveCells();
        CheckSchedule(batch);

        // The oldest is never put back, which is why everybody ends.
        Assert.False(wasRunning && oldest!.State == SequenceState.Waiting);

        if (batch.IsEmpty)
        {
            Assert.Equal(0, _scheduler.WaitingCount);
            return;
        }

        if (step == _run.FailingStep)
        {
            foreach (var sequence in _scheduler.InBatch())
            {
                _scheduler.Remove(sequence, FinishReason.Failed);
            }

            MoveCells();
            return;
        }

        foreach (var token in batch)
        {
            _cells.Write(token.Sequence, token.Position, token.Token, _scheduler.Running.Single(sequence => sequence.Slot == token.Sequence));
        }

        _scheduler.Decoded();
        Assert.Equal(_cells.Used, _scheduler.UsedCells);
        CheckCells();
        foreach (var sequence in _scheduler.Sampled)
        {
            Sample(sequence, batch);
        }

        MoveCells();
        Assert.Equal(_cells.Used, _scheduler.UsedCells);
        Assert.All(_scheduler.Running, sequence => Assert.Equal(sequence.UsedCells, _cells.Of(sequence.Slot).Count));
        _pacer.Observe(_scheduler.BatchAnswers, batch.Length - _scheduler.BatchAnswers - _scheduler.BatchDrafts, 5 + (_run.PromptTokenMs * (batch.Length - _scheduler.BatchAnswers)));
    }

    /// <summary>Every token is chosen by the logits of the last known one, after all that are known, whether it was guessed or not.</summary>
    private void Sample(Sequence sequence, ReadOnlySpan<BatchToken> batch)
    {
        var (request, index) = (_all[sequence], 0);
        do
        {
            index = sequence.AnswerTokens;
            var last = sequence.KnownTokens - 1;
            Assert.Equal(new BatchToken(sequence.TokenAt(last), last, sequence.Slot, Logits: true), batch[sequence.LogitsIndex]);
            Assert.Equal(sequence.Known.ToArray(), _cells.Of(sequence.Slot).Take(last + 1).Select(cell => cell.Token));
        }
        while (_scheduler.Apply(sequence, request.Answer(index), endOfGeneration: index == request.EndsAfter));
    }

    private void MoveCells()
    {
        foreach (var operation in _scheduler.Operations)
        {
            if (operation.IsCopy)
            {
                _cells.Copy(operation.Source, operation.Sequence, operation.From, operation.To);
            }
            else
            {
                _cells.Remove(operation.Sequence, operation.From, operation.To);
            }
        }

        _scheduler.ClearOperations();
    }

    private void CheckSchedule(ReadOnlySpan<BatchToken> batch)
    {
        var running = _scheduler.Running;
        Assert.True(batch.Length <= _run.Limits.BatchTokens);
        Assert.True(running.Count <= _run.Limits.MaxSequences);
        Assert.Equal(running.Count, running.Select(sequence => sequence.Slot).Distinct().Count());
        Assert.True(running.GroupBy(sequence => sequence.Tenant).All(tenant => tenant.Count() <= _run.Limits.MaxTenantSequences));
        Assert.Equal(running.OrderBy(sequence => sequence.Ticket), running);

        // Answers under way come first, and none is left out.
        var answers = running.Where(sequence => sequence.State == SequenceState.Decode).ToList();
        Assert.Equal(answers.Count, _scheduler.BatchAnswers);
        for (var i = 0; i < answers.Count; i++)
        {
            Assert.Equal((answers[i].Slot, true), (batch[i].Sequence, batch[i].Logits));
        }

        // Guesses come last, in a step that nobody else wants to be in.
        var drafts = _scheduler.BatchDrafts;
        Assert.Equal(drafts, running.Sum(sequence => sequence.Draft?.Count ?? 0));
        Assert.All(running, sequence => Assert.True((sequence.Draft?.Count ?? 0) <= _run.Limits.DraftTokens));
        if (drafts > 0)
        {
            Assert.Equal(batch.Length, answers.Count + drafts);
            Assert.True(batch.Length <= _run.Limits.DraftStepTokens);
            Assert.DoesNotContain(running, sequence => sequence.State == SequenceState.Prefill);
        }

        // Among equals of one tenant who came first is admitted first.
        foreach (var group in _all.Keys.Where(sequence => sequence.Ticket > 0).GroupBy(sequence => (sequence.Tenant, sequence.Priority)))
        {
            var arrivals = group.OrderBy(sequence => sequence.Ticket).Select(sequence => _all[sequence].Arrives);
            Assert.Equal(arrivals.Order(), arrivals);
        }
    }

    /// <summary>What a sequence attends to are its own tokens, computed by itself or by one that it may share with.</summary>
    private void CheckCells()
    {
        foreach (var sequence in _scheduler.Running)
        {
            var cells = _cells.Of(sequence.Slot);
            Assert.Equal(sequence.UsedCells + (sequence.Draft?.Count ?? 0), cells.Count);
            for (var i = 0; i < sequence.UsedCells; i++)
            {
                var writer = (Sequence)cells[i].Writer!;
                Assert.Equal(sequence.TokenAt(i), cells[i].Token);
                Assert.Equal(sequence.Sharing.Scope, writer.Sharing.Scope);
                if (writer != sequence && (i >= sequence.Sharing.SharedTokens || i >= writer.Sharing.SharedTokens))
                {
                    Assert.NotNull(sequence.Sharing.Siblings);
                    Assert.Same(sequence.Sharing.Siblings, writer.Sharing.Siblings);
                }
            }
        }
    }

    private void CountEndings()
    {
        foreach (var sequence in _scheduler.Ended)
        {
            _endings[sequence] = _endings.GetValueOrDefault(sequence) + 1;
        }

        _scheduler.Ended.Clear();
    }

    private void CheckEnd(SchedulerPropertyTests.Request request, Sequence sequence)
    {
        Assert.Equal(SequenceState.Ended, sequence.State);
        Assert.Equal(1, _endings[sequence]);
        Assert.Single(_scheduler.Departed, sequence);
        Assert.True(sequence.CachedTokens < sequence.Prompt.Length);
        var answer = new List<int>();
        while (sequence.Tokens.TryRead(out var token))
        {
            answer.Add(token);
        }

        Assert.True(sequence.Tokens.Completion.IsCompleted);
        Assert.Equal(Enumerable.Range(0, sequence.AnswerTokens).Select(request.Answer), answer);
        switch (sequence.End)
        {
            case FinishReason.Stop:
                Assert.Equal(request.EndsAfter, answer.Count);
                break;
            case FinishReason.Length:
                Assert.Equal(request.MaxTokens, answer.Count);
                break;
            default:
                Assert.True(sequence.End is FinishReason.Cancelled or FinishReason.Failed);
                break;
        }
    }
}
