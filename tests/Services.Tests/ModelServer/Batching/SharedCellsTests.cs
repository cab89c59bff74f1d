using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Zakenak.Engine;
using Zakenak.Engine.Tests;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Batching.Cells;
using Zakenak.RandomModel;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.ModelServer.Batching;

/// <summary>
/// On llama.cpp itself: an answer is the same whether its prompt was decoded or shared, alone or beside others, put back or not. Cells are
/// halves, and a batch of another shape sums in another order: a random choice shows that, unless the shapes are the same; the best token doesn't.
/// </summary>
public sealed class SharedCellsTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private EngineLock? _lock;

    private string Model => _folder["model.gguf"];

    public async ValueTask InitializeAsync()
    {
        _lock = await EngineLock.AcquireAsync();

        // F32, so that the order of a sum is all that differs between two ways to compute the same.
        RandomModelGenerator.Write(Model, ModelShape.Tiny, type: WeightType.F32);
    }

    public async ValueTask DisposeAsync()
    {
        _lock?.Dispose();
        _folder.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task The_best_tokens_are_the_same_with_and_without_the_cache()
    {
        var prompts = Enumerable.Range(0, 6).Select(i => (int[])[.. Tokens(1, 150), .. Tokens(i, 9 + i)]).ToList();
        var alone = new List<int[]>();
        var options = new BatchingOptions { PrefixCache = false };
        await using (var engine = await StartAsync(2048, options))
        {
            foreach (var prompt in prompts)
            {
                alone.Add(await AnswerAsync(engine, Sequence(prompt, 0, 40)));
            }
        }

        await using var cached = await StartAsync(2048, new BatchingOptions());
        var atOnce = prompts.Select(prompt => Sequence(prompt, 0, 40)).ToList();
        Assert.Equal(alone, await Task.WhenAll(atOnce.Select(sequence => AnswerAsync(cached, sequence))));
        Assert.Equal([0, 144, 144, 144, 144, 144], atOnce.Select(sequence => sequence.CachedTokens).Order());

        // Now also after they have ended, with their answers in the cache.
        foreach (var (prompt, expected) in prompts.Zip(alone))
        {
            var again = Sequence(prompt, 0, 40);
            Assert.Equal(expected, await AnswerAsync(cached, again));
            Assert.Equal((prompt.Length - 1) / 16 * 16, again.CachedTokens);
        }
    }

    [Theory]
    [InlineData(false, WeightType.F32)]
    [InlineData(true, WeightType.Q8)]
    public async Task A_seed_gives_the_same_choices_with_and_without_the_cache(bool small, WeightType type)
    {
        RandomModelGenerator.Write(Model, small ? ModelShape.Small : ModelShape.Tiny, type: type);

        // The whole first batch of 128 tokens is shared: what is left is decoded in the same batches with and without it.
        var prompts = Enumerable.Range(0, 4).Select(i => (int[])[.. Tokens(1, 128), .. Tokens(i, 12)]).ToList();
        await using var plain = await StartAsync(2048, new BatchingOptions { PrefixCache = false });
        await using var cached = await StartAsync(2048, new BatchingOptions());
        foreach (var prompt in prompts)
        {
            var sequence = Sequence(prompt, 0.8f, 100);
            Assert.Equal(await AnswerAsync(plain, Sequence(prompt, 0.8f, 100)), await AnswerAsync(cached, sequence));
            Assert.Equal(prompt == prompts[0] ? 0 : 128, sequence.CachedTokens);
        }
    }

    [Fact]
    public async Task A_conversation_goes_on_from_the_cells_of_its_own_last_answer()
    {
        var prompt = Tokens(1, 50);
        await using var engine = await StartAsync(2048, new BatchingOptions());
        var answer = await AnswerAsync(engine, Sequence(prompt, 0, 60));
        int[] next = [.. prompt, .. answer, .. Tokens(2, 5)];
        var second = Sequence(next, 0, 20);
        var shared = await AnswerAsync(engine, second);

        Assert.Equal(96, second.CachedTokens);
        Assert.Equal(await AnswerAsync(engine, Sequence(next, 0, 20, "another scope")), shared);
    }

    [Fact]
    public async Task An_answer_that_was_put_back_goes_on_as_if_it_had_not_been()
    {
        var prompts = Enumerable.Range(0, 4).Select(i => Tokens(i, 20)).ToList();
        await using var wide = await StartAsync(2048, new BatchingOptions());
        var expected = new List<int[]>();
        foreach (var prompt in prompts)
        {
            expected.Add(await AnswerAsync(wide, Sequence(prompt, 0, 200)));
        }

        // Four times 220 tokens in 512 cells: some must wait for others in mid-answer.
        var metrics = new List<long>();
        using var listener = Count("zakenak_preemptions", metrics);
        await using var narrow = await StartAsync(512, new BatchingOptions());
        var answers = await Task.WhenAll(prompts.Select(prompt => AnswerAsync(narrow, Sequence(prompt, 0, 200))));

        Assert.NotEmpty(metrics);
        Assert.Equal(expected, answers);
    }

    private static Sequence Sequence(int[] prompt, float temperature, int maxTokens, string scope = "acme") =>
        new(prompt, maxTokens, new SamplerOptions(temperature, 1, 7)) { Tenant = "acme", Sharing = new PrefixSharing(scope) };

    private static async Task<int[]> AnswerAsync(EngineThread engine, Sequence sequence)
    {
        Assert.Equal(SubmitResult.Accepted, engine.Submit(sequence));
        var answer = new List<int>();
        await foreach (var token in sequence.Tokens.ReadAllAsync(new CancellationTokenSource(s_patience).Token))
        {
            answer.Add(token);
        }

        return [.. answer];
    }

    /// <summary>Of this test's meters alone: other tests make some of the same name.</summary>
    private MeterListener Count(string name, List<long> values)
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == name && instrument.Meter.Scope == factory)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => values.Add(value));
        listener.Start();
        return listener;
    }

    private static int[] Tokens(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(1, 250))];
    }

    private async Task<Engine> StartAsync(int cells, BatchingOptions options)
    {
        var backend = ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = cells, MaxSequences = 16, BatchTokens = 128 }, Model);
        var engine = new EngineThread(backend, options, new BatchingMetrics(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System, NullLogger.Instance);
        await engine.StartAsync([1, 2, 3]);
        return new Engine(engine, backend);
    }

    private sealed record Engine(EngineThread Thread, ILlamaBackend Backend) : IAsyncDisposable
    {
        public static implicit operator EngineThread(Engine engine) => engine.Thread;

        public async ValueTask DisposeAsync()
        {
            await Thread.DisposeAsync();
            Backend.Dispose();
        }
    }
}
