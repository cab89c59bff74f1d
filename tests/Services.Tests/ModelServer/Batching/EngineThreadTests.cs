using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching;

namespace Zakenak.Services.Tests.ModelServer.Batching;

public sealed class EngineThreadTests : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly SamplerOptions s_greedy = new(0, 1, 1);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeBackend _backend = new();
    private FakeBackend _current = null!;
    private EngineThread? _engine;

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Sequences_that_run_at_once_share_batches()
    {
        var engine = await StartAsync();
        using var gate = new ManualResetEventSlim();
        _backend.BeforeDecode = () => Wait(gate);
        var sequences = Enumerable.Range(0, 8).Select(_ => Sequence(4, 10)).ToList();
        foreach (var sequence in sequences)
        {
            Assert.Equal(SubmitResult.Accepted, engine.Submit(sequence));
        }

        gate.Set();
        await Task.WhenAll(sequences.Select(EndAsync));

        Assert.All(sequences, sequence => Assert.Equal(10, sequence.AnswerTokens));
        Assert.Contains(_backend.Batches, batch => batch.Length == 8 && batch.DistinctBy(token => token.Sequence).Count() == 8);
    }

    [Fact]
    public async Task A_cancelled_sequence_gives_its_cells_back_within_one_step()
    {
        using var step = new SemaphoreSlim(0);
        var engine = await StartAsync();
        _backend.BeforeDecode = () => Wait(step);
        var sequence = Sequence(4, 100);
        engine.Submit(sequence);
        step.Release(3);
        await sequence.Tokens.WaitToReadAsync().AsTask().WaitAsync(s_patience);
        var before = _backend.Batches.Count;

        // The step under way may still be decoded; the next must not have it.
        engine.Cancel(sequence);
        step.Release(100);
        await EndAsync(sequence);

        Assert.Equal(FinishReason.Cancelled, sequence.End);
        Assert.InRange(_backend.Batches.Count - before, 0, 3);
        await engine.StopAsync(CancellationToken.None);
        Assert.Equal(0, _backend.UsedCells);
        Assert.Equal(0, _backend.LiveSamplers);
    }

    [Fact]
    public async Task A_waiting_sequence_can_be_cancelled()
    {
        using var gate = new ManualResetEventSlim();
        var backend = new FakeBackend { MaxSequences = 1 };
        var engine = await StartAsync(backend);
        backend.BeforeDecode = () => Wait(gate);
        var running = Sequence(4, 400);
        var waiting = Sequence(4, 50);
        engine.Submit(running);
        engine.Submit(waiting);
        engine.Cancel(waiting);
        gate.Set();
        await EndAsync(waiting);
        await EndAsync(running);

        Assert.Equal(FinishReason.Cancelled, waiting.End);
        Assert.Equal(FinishReason.Length, running.End);
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once()
    {
        using var gate = new ManualResetEventSlim();
        var backend = new FakeBackend { MaxSequences = 1 };
        var engine = await StartAsync(backend, new BatchingOptions { QueueLimit = 2 });
        backend.BeforeDecode = () => Wait(gate);
        var accepted = new List<Sequence>();
        Sequence next;
        while (engine.Submit(next = Sequence(4, 5)) == SubmitResult.Accepted)
        {
            accepted.Add(next);
            Assert.True(accepted.Count <= 3, "The queue has no bound.");
        }

        Assert.Equal(SubmitResult.QueueFull, engine.Submit(next));
        gate.Set();
        await Task.WhenAll(accepted.Select(EndAsync));
        Assert.All(accepted, sequence => Assert.Equal(FinishReason.Length, sequence.End));
        Assert.Equal(SubmitResult.Accepted, engine.Submit(next));
    }

    [Fact]
    public async Task A_batch_that_finds_no_cells_fails_its_sequences_and_the_engine_goes_on()
    {
        var engine = await StartAsync();
        var failed = 0;
        _backend.BeforeDecode = () => failed++ == 0 ? DecodeStatus.OutOfCells : null;
        var first = Sequence(4, 5);
        engine.Submit(first);
        await EndAsync(first);
        var second = Sequence(4, 5);
        engine.Submit(second);
        await EndAsync(second);

        Assert.Equal(FinishReason.Failed, first.End);
        Assert.Equal(FinishReason.Length, second.End);
        Assert.False(engine.Exited.IsCompleted);
    }

    [Fact]
    public async Task A_backend_that_fails_ends_every_request_and_the_thread()
    {
        var engine = await StartAsync(new FakeBackend { MaxSequences = 2 });
        using var gate = new ManualResetEventSlim();
        _current.BeforeDecode = () =>
        {
            gate.Wait(s_patience);
            return DecodeStatus.Failed;
        };
        var sequences = Enumerable.Range(0, 5).Select(_ => Sequence(4, 5)).ToList();
        Assert.All(sequences, sequence => Assert.Equal(SubmitResult.Accepted, engine.Submit(sequence)));
        gate.Set();
        await Task.WhenAll(sequences.Select(EndAsync));

        Assert.All(sequences, sequence => Assert.Equal(FinishReason.Failed, sequence.End));
        Assert.True(await engine.Exited.WaitAsync(s_patience));
        Assert.Equal(SubmitResult.Stopped, engine.Submit(Sequence(4, 5)));
    }

    [Fact]
    public async Task An_exception_on_the_engine_thread_ends_every_request()
    {
        var engine = await StartAsync();
        _backend.BeforeSample = () => throw new InvalidOperationException("broken sampler");
        var sequence = Sequence(4, 5);
        engine.Submit(sequence);
        await EndAsync(sequence);

        Assert.Equal(FinishReason.Failed, sequence.End);
        Assert.True(await engine.Exited.WaitAsync(s_patience));
    }

    [Fact]
    public async Task Stopping_lets_what_is_under_way_finish_and_takes_nothing_more()
    {
        var engine = await StartAsync();
        using var gate = new ManualResetEventSlim();
        _backend.BeforeDecode = () => Wait(gate);
        var sequence = Sequence(4, 20);
        engine.Submit(sequence);
        var stopping = engine.StopAsync(CancellationToken.None);
        Assert.Equal(SubmitResult.Stopped, engine.Submit(Sequence(4, 5)));
        gate.Set();
        await stopping.WaitAsync(s_patience);

        Assert.Equal(FinishReason.Length, sequence.End);
        Assert.False(await engine.Exited);
    }

    [Fact]
    public async Task What_is_not_done_by_the_end_of_the_grace_period_is_ended()
    {
        var engine = await StartAsync(new FakeBackend { ContextTokens = 1_000_000 });
        var sequence = Sequence(4, 900_000);
        engine.Submit(sequence);
        await sequence.Tokens.WaitToReadAsync().AsTask().WaitAsync(s_patience);
        await engine.StopAsync(new CancellationToken(canceled: true)).WaitAsync(s_patience);

        Assert.Equal(FinishReason.Failed, sequence.End);
    }

    [Fact]
    public async Task A_backend_that_fails_to_warm_up_never_starts()
    {
        _backend.BeforeDecode = () => DecodeStatus.Failed;
        var engine = new EngineThread(_backend, new BatchingOptions(), Metrics(), TimeProvider.System, NullLogger.Instance);

        await Assert.ThrowsAsync<InvalidOperationException>(() => engine.StartAsync([1, 2]));
        Assert.True(await engine.Exited.WaitAsync(s_patience));
        await engine.DisposeAsync();
    }

    private async Task<EngineThread> StartAsync(FakeBackend? backend = null, BatchingOptions? options = null)
    {
        _current = backend ?? _backend;
        _current.Answer = _ => new Endless();
        _engine = new EngineThread(_current, options ?? new BatchingOptions(), Metrics(), TimeProvider.System, NullLogger.Instance);
        await _engine.StartAsync([1, 2, 3]).WaitAsync(s_patience);
        return _engine;
    }

    private BatchingMetrics Metrics() => new(_services.GetRequiredService<IMeterFactory>());

    private static Sequence Sequence(int prompt, int maxTokens) => new([.. Enumerable.Range(1, prompt)], maxTokens, s_greedy);

    private static Task EndAsync(Sequence sequence)
    {
        return DrainAsync().WaitAsync(s_patience);

        async Task DrainAsync()
        {
            await foreach (var token in sequence.Tokens.ReadAllAsync())
            {
                Assert.InRange(token, 0, 255);
            }
        }
    }

    private static DecodeStatus? Wait(ManualResetEventSlim gate) => gate.Wait(s_patience) ? null : DecodeStatus.Failed;

    private static DecodeStatus? Wait(SemaphoreSlim step) => step.Wait(s_patience) ? null : DecodeStatus.Failed;

    /// <summary>An answer that only its bound ends.</summary>
    private sealed class Endless : IReadOnlyList<int>
    {
        public int Count => int.MaxValue;

        public int this[int index] => 'a';

        public IEnumerator<int> GetEnumerator() => throw new NotSupportedException();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
