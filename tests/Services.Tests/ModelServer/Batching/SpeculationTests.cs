using System.Diagnostics.Metrics;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Batching.Cells;

namespace Zakenak.Services.Tests.ModelServer.Batching;

public sealed class SpeculationTests : IDisposable
{
    private static readonly Gen<Case> s_case =
        from cells in Gen.Choose(130, 300)
        from draft in Gen.Choose(1, 12)
        from draftStep in Gen.Choose(2, 64)
        from targetMs in Gen.Elements(1, 1000)
        from seed in Gen.Choose(0, 1_000_000)
        select new Case(cells, draft, draftStep, targetMs, seed);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void The_same_logits_give_the_same_answers_with_and_without_guesses()
    {
        var (drafted, accepted, preempted) = (0L, 0L, 0L);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(s_case.ToArbitrary(), given =>
        {
            var (plain, guessing) = (Run(given, draft: 0), Run(given, given.Draft));
            Assert.Equal(plain.Answers, guessing.Answers);
            Assert.Equal(plain.Logprobs, guessing.Logprobs);
            Assert.Equal(0, plain.Scheduler.DraftedTokens);
            drafted += guessing.Scheduler.DraftedTokens;
            accepted += guessing.Scheduler.AcceptedTokens;
            preempted += guessing.Scheduler.Preemptions;
        }));

        // Otherwise this says nothing.
        Assert.InRange(accepted, 1000, drafted - 1000);
        Assert.NotEqual(0, preempted);
    }

    [Fact]
    public void An_answer_that_repeats_itself_takes_fewer_steps()
    {
        var scheduler = Scheduler(draft: 8);
        var sequence = Sequence(100);
        scheduler.Enqueue(sequence);
        var steps = 0;
        for (; sequence.End is null; steps++)
        {
            Step(scheduler, index => index % 5);
        }

        Assert.InRange(steps, 1, 30);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => i % 5), Drain(sequence));
        Assert.Equal(0, scheduler.UsedCells);
    }

    [Fact]
    public void A_text_that_is_never_as_guessed_soon_costs_next_to_nothing()
    {
        var scheduler = Scheduler(draft: 8);
        var sequence = Sequence(900);
        scheduler.Enqueue(sequence);

        // Three tokens as before, then another: each guess is a miss.
        var steps = 0;
        for (; sequence.End is null; steps++)
        {
            Step(scheduler, index => index % 4 < 3 ? index % 4 : 100 + index);
        }

        Assert.Equal(900, steps);
        Assert.Equal(0, scheduler.AcceptedTokens);
        Assert.InRange(scheduler.DraftedTokens, 1, 60);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 14)]
    [InlineData(4, 12)]
    [InlineData(12, 4)]
    [InlineData(16, 0)]
    public void The_more_answers_are_under_way_the_fewer_tokens_are_guessed(int answers, int inAll)
    {
        var scheduler = Scheduler(draft: 8);
        var sequences = Enumerable.Range(0, answers).Select(_ => Sequence(100)).ToList();
        sequences.ForEach(scheduler.Enqueue);
        var most = 0;
        while (sequences.TrueForAll(sequence => sequence.End is null))
        {
            Step(scheduler, index => index % 3);
            most = Math.Max(most, scheduler.BatchDrafts);
        }

        Assert.Equal(inAll, most);
    }

    [Fact]
    public void While_a_prompt_is_decoded_nothing_is_guessed()
    {
        var scheduler = Scheduler(draft: 8, leastPromptTokens: 4);
        var first = Sequence(200);
        scheduler.Enqueue(first);
        for (var step = 0; step < 10; step++)
        {
            Step(scheduler, index => index % 3);
        }

        Assert.True(scheduler.BatchDrafts > 0);
        var second = new Sequence([.. Enumerable.Range(1000, 40)], 5, new SamplerOptions(0, 1, 1)) { Tenant = "b" };
        scheduler.Enqueue(second);
        while (second.AnswerTokens == 0)
        {
            Step(scheduler, index => index % 3);
            Assert.Equal(0, scheduler.BatchDrafts);
        }
    }

    [Theory]
    [InlineData(new[] { 1, 2, 3, 4, 5, 9, 1, 2, 3 }, 2, new[] { 4, 5 })]
    [InlineData(new[] { 1, 2, 3, 4, 0, 1, 2, 3, 5, 0, 1, 2, 3 }, 1, new[] { 5 })]
    [InlineData(new[] { 7, 1, 2, 3, 4, 8, 1, 2, 3, 5, 7, 1, 2, 3 }, 1, new[] { 4 })]
    [InlineData(new[] { 1, 2, 1, 2, 1, 2 }, 5, new[] { 1, 2, 1, 2, 1 })]
    [InlineData(new[] { 6, 6, 6, 6 }, 3, new[] { 6, 6, 6 })]
    [InlineData(new[] { 1, 2, 9, 1, 2 }, 2, null)]
    [InlineData(new[] { 1, 2, 3 }, 2, null)]
    [InlineData(new[] { 1 }, 2, null)]
    public void A_guess_is_what_followed_where_most_of_the_last_tokens_stood_before(int[] known, int count, int[]? guess)
    {
        var draft = new int[count];

        Assert.Equal(guess is not null, PromptLookup.TryGuess(known, draft));
        Assert.Equal(guess ?? new int[count], draft);
    }

    private static Scheduler Scheduler(int draft, int leastPromptTokens = 64) =>
        new(new SchedulerLimits(4096, 64, 16, 16, 16) { DraftTokens = draft }, new StepPacer(50, leastPromptTokens));

    private static Sequence Sequence(int maxTokens) => new([1000], maxTokens, new SamplerOptions(0, 1, 1)) { Tenant = "a" };

    private static void Step(Scheduler scheduler, Func<int, int> answer)
    {
        scheduler.Schedule();
        scheduler.ClearOperations();
        scheduler.Decoded();
        foreach (var sequence in scheduler.Sampled)
        {
            while (scheduler.Apply(sequence, answer(sequence.AnswerTokens), endOfGeneration: false))
            {
            }
        }

        scheduler.ClearOperations();
    }

    private static List<int> Drain(Sequence sequence)
    {
        var tokens = new List<int>();
        while (sequence.Tokens.TryRead(out var token))
        {
            tokens.Add(token);
        }

        return tokens;
    }

    private (List<List<int>> Answers, List<List<float>> Logprobs, Scheduler Scheduler) Run(Case given, int draft)
    {
        var random = new Random(given.Seed);
        using var backend = new EchoBackend(given.Cells);
        var limits = new SchedulerLimits(given.Cells, 64, 6, 16, 4) { BlockTokens = 4, DraftTokens = draft, DraftStepTokens = given.DraftStep };
        var pacer = new StepPacer(given.TargetMs, 4);
        var scheduler = new Scheduler(limits, pacer);
        var stepper = new Stepper(backend, scheduler, pacer, new BatchingMetrics(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System);
        var sequences = new List<Sequence>();
        for (var request = 0; request < 6; request++)
        {
            var prompt = Enumerable.Range(0, random.Next(1, 40)).Select(i => i % (2 + request)).ToArray();
            var sharing = new PrefixSharing($"{request % 2}", Siblings: new object());
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var sampling = new SamplerOptions(1, 1, (uint)random.Next()) { TopLogprobs = request % 2 == 0 ? 0 : null };
                sequences.Add(new Sequence(prompt, random.Next(1, 90), sampling) { Tenant = $"{request % 2}", Sharing = sharing });
            }
        }

        foreach (var sequence in sequences)
        {
            scheduler.Enqueue(sequence);
            stepper.Step();
        }

        while (sequences.Exists(sequence => sequence.End is null))
        {
            Assert.Equal(StepResult.Decoded, stepper.Step());
            Assert.Equal(scheduler.UsedCells, backend.UsedCells);
        }

        Assert.Equal(scheduler.CachedCells, backend.UsedCells);
        return ([.. sequences.Select(Drain)], [.. sequences.Select(sequence => sequence.Logprobs.Select(token => token.Logprob).ToList())], scheduler);
    }

    private sealed record Case(int Cells, int Draft, int DraftStep, int TargetMs, int Seed);
}
