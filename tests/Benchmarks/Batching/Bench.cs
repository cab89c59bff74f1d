using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Batching.Cells;

namespace Zakenak.Benchmarks.Batching;

/// <summary>A model on an engine thread with one compute thread, and requests that are timed.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ILlamaBackend _backend;
    private readonly EngineThread _engine;
    private readonly CpuClock _clock = new();
    private int _seed;
    private int _tokens;

    private Bench(string model, BatchingOptions options)
    {
        _backend = Load(model);
        _engine = new EngineThread(_backend, options, new BatchingMetrics(_services.GetRequiredService<IMeterFactory>()), _clock, NullLogger.Instance);
    }

    public static async Task<Bench> StartAsync(string model, BatchingOptions options)
    {
        var bench = new Bench(model, options);
        await bench._engine.StartAsync([1, 2, 3]).ConfigureAwait(false);
        return bench;
    }

    /// <summary>A model with one compute thread.</summary>
    public static ILlamaBackend Load(string model) => ModelBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 16384 }, model);

    /// <summary>Tokens that no other prompt begins with, or the same ones for the same seed.</summary>
    public int[] Tokens(int count, int? seed = null)
    {
        var random = new Random(seed ?? Interlocked.Increment(ref _seed) + 1000);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(300, 4000))];
    }

    /// <summary>One request; completes with the times at which its tokens came, in milliseconds from its start.</summary>
    public async Task<List<double>> AskAsync(int[] prompt, int maxTokens, string tenant = "a", CancellationToken stop = default)
    {
        var started = _clock.GetTimestamp();
        var sequence = new Sequence(prompt, maxTokens, new SamplerOptions(0, 1, 1)) { Tenant = tenant, Sharing = new PrefixSharing(tenant) };
        if (_engine.Submit(sequence) is not SubmitResult.Accepted and var refused)
        {
            throw new InvalidOperationException(refused.ToString());
        }

        await using var cancel = stop.UnsafeRegister(_ => _engine.Cancel(sequence), null).ConfigureAwait(false);
        var times = new List<double>();
        await foreach (var _ in sequence.Tokens.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            times.Add(_clock.GetElapsedTime(started).TotalMilliseconds);
            Interlocked.Increment(ref _tokens);
        }

        return times;
    }

    /// <summary>Waits until so many more tokens have come.</summary>
    public async Task UntilAsync(int tokens)
    {
        var target = Volatile.Read(ref _tokens) + tokens;
        while (Volatile.Read(ref _tokens) < target)
        {
            await Task.Delay(5).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync().ConfigureAwait(false);
        _backend.Dispose();
        await _services.DisposeAsync().ConfigureAwait(false);
    }
}
