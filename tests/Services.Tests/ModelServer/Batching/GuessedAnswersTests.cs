using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Engine;
using Zakenak.Engine.Tests;
using Zakenak.ModelServer.Batching;
using Zakenak.RandomModel;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.ModelServer.Batching;

/// <summary>
/// On the engine itself: answers with guesses are those without. Logits of eight-bit weights are bit by bit the same for one token and for
/// several at once, on the processors that this was tried on; where they weren't, a choice on the border between two tokens could differ.
/// </summary>
public sealed class GuessedAnswersTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private EngineLock? _lock;

    public async ValueTask InitializeAsync() => _lock = await EngineLock.AcquireAsync();

    public async ValueTask DisposeAsync()
    {
        _lock?.Dispose();
        _folder.Dispose();
        await _services.DisposeAsync();
    }

    [Theory]
    [InlineData(false, 20)]
    [InlineData(true, 2)]
    public void Whatever_the_settings_and_the_seed_answers_are_the_same_with_and_without_guesses(bool small, int seeds)
    {
        RandomModelGenerator.Write(_folder["model.gguf"], small ? ModelShape.Small : ModelShape.Tiny, type: WeightType.Q8);
        using var backend = ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 1024, MaxSequences = 8, BatchTokens = 128 }, _folder["model.gguf"]);

        // A few tokens only, so that what was written comes again.
        var few = Enumerable.Range(0, 4).ToDictionary(i => 100 + i, _ => 60f);
        var digits = "0123"u8.ToArray().ToDictionary(digit => backend.Tokenize($"{(char)digit}", false)[0], _ => 60f);
        SamplerOptions[] settings =
        [
            new(0, 1, 0) { LogitBias = few },
            new(0, 1, 0) { FrequencyPenalty = -2 },
            new(0.8f, 0.95f, 0) { LogitBias = few, TopK = 40, MinP = 0.05f },
            new(1, 1, 0) { LogitBias = few, RepetitionPenalty = 1.05f, FrequencyPenalty = 0.01f, PresencePenalty = 0.1f, TopLogprobs = 3 },
            new(1, 1, 0) { LogitBias = digits, Grammar = new GrammarConstraint("root ::= ([0-9]{2} \"-\")*") },
        ];
        var (drafted, accepted) = (0L, 0L);
        foreach (var setting in settings)
        {
            for (var seed = 1u; seed <= seeds; seed++)
            {
                var plain = Answer(backend, setting with { Seed = seed }, draft: 0);
                var guessed = Answer(backend, setting with { Seed = seed }, draft: 6);

                Assert.Equal(plain.Tokens, guessed.Tokens);
                Assert.All(plain.Logprobs.Zip(guessed.Logprobs), pair => Assert.Equal(pair.First, pair.Second, 1e-2f));
                (drafted, accepted) = (drafted + guessed.Drafted, accepted + guessed.Accepted);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{accepted} of {drafted} guessed tokens were right");
        Assert.InRange(accepted, 30, drafted - 30);
    }

    private (List<int> Tokens, List<float> Logprobs, long Drafted, long Accepted) Answer(ILlamaBackend backend, SamplerOptions sampling, int draft)
    {
        var pacer = new StepPacer(80, 128);
        var scheduler = new Scheduler(new SchedulerLimits(1024, 128, 4, 8, 4) { DraftTokens = draft }, pacer);
        var stepper = new Stepper(backend, scheduler, pacer, new BatchingMetrics(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System);
        var sequence = new Sequence([.. Enumerable.Range(100, 20)], 50, sampling);
        scheduler.Enqueue(sequence);
        while (sequence.End is null)
        {
            stepper.Step();
        }

        sequence.Sampler!.Dispose();
        var tokens = new List<int>();
        while (sequence.Tokens.TryRead(out var token))
        {
            tokens.Add(token);
        }

        Assert.Equal(0, scheduler.UsedCells);
        return (tokens, [.. sequence.Logprobs.SelectMany(report => report.Top.Select(top => top.Logprob))], scheduler.DraftedTokens, scheduler.AcceptedTokens);
    }
}
