using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.State;

/// <summary>
/// One document that administrators change, as it is in force: read at start, and whenever it changes wherever that was. What can't be read or makes
/// no sense leaves the last good value in force and says so.
/// </summary>
/// <param name="what">For people: "The kill switch".</param>
internal sealed partial class SharedState<T>(string what, IStateStore store, IStateFormat<T> format, TimeProvider time, ILogger logger) : BackgroundService
    where T : class
{
    private const int MaxTries = 10;

    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Held? _held;
    private volatile string? _fault = "it was not read yet";

    /// <summary>The value in force; null as long as it could never be read.</summary>
    public T? Current => _held?.Value;

    /// <summary>Why what is in force may not be what is stored; null where all is well.</summary>
    public string? Fault => _fault;

    /// <summary>Whether changes reach other replicas.</summary>
    public bool IsShared => store.IsShared;

    /// <summary>Another value is in force. Raised before whoever made the change is told that it is done.</summary>
    public event Action<T>? Changed;

    /// <summary>Reads it, so that it is in force before the first connection is taken.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Changes what is stored, by what is stored; null when that is in force here, else why not.</summary>
    /// <param name="change">Returns the very value that it got where nothing is to be changed. May be called several times.</param>
    public async Task<Refusal?> ChangeAsync(Func<T, T> change, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            for (var tries = 0; tries < MaxTries; tries++)
            {
                var held = await ReadAsync(cancellation);
                var next = change(held.Value);
                if (ReferenceEquals(next, held.Value))
                    return null;

                // From here on it happens, whether or not somebody waits for it.
                if (await store.TryWriteAsync(held.Stored, format.Write(next), CancellationToken.None))
                {
                    await ReadAsync(CancellationToken.None);
                    return null;
                }
            }

            return new Refusal(StatusCodes.Status409Conflict, "state_contended", $"{what} is being changed by others all the time. Try again.");
        }
        catch (Exception e) when (e is StateUnavailableException or InvalidDataException)
        {
            Note(e.Message);
            return new Refusal(StatusCodes.Status503ServiceUnavailable, "state_unavailable",
                $"{what} can't be read or written now, and it may not be known whether it was changed. The log of the gateway says why.", RetryAfterSeconds: 1);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await store.DisposeAsync();
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await store.WaitForChangeAsync(stoppingToken);
                await RefreshAsync(stoppingToken);
            }
            catch (StateUnavailableException e)
            {
                Note(e.Message);
            }

            if (_fault is not null)
                await Task.Delay(_retry, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await ReadAsync(cancellation);
        }
        catch (Exception e) when (e is StateUnavailableException or InvalidDataException)
        {
            Note(e.Message);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Only by who has the turn.</summary>
    private async Task<Held> ReadAsync(CancellationToken cancellation)
    {
        var stored = await store.ReadAsync(cancellation);
        var before = _held;
        if (before is null || stored.Revision != before.Stored.Revision)
        {
            if (stored.Content is null && before?.Stored.Content is not null)
                throw new StateUnavailableException("what was stored is gone; what it was stays in force");
            _held = new Held(stored.Content is { } content ? format.Read(content) : format.Empty, stored);
            Changed?.Invoke(_held.Value);
        }

        if (_fault is not null && before is not null)
            StateRead(logger, what);
        _fault = null;
        return _held!;
    }

    private void Note(string fault)
    {
        if (_fault != fault)
            StateUnread(logger, what, fault, _held is null ? "nothing is known" : "the last good state stays in force");
        _fault = fault;
    }

    private sealed record Held(T Value, StoredState Stored);

    [LoggerMessage(LogLevel.Error, "{What} could not be read or written: {Reason}. Until it can, {Consequence}.")]
    private static partial void StateUnread(ILogger logger, string what, string reason, string consequence);

    [LoggerMessage(LogLevel.Information, "{What} was read again.")]
    private static partial void StateRead(ILogger logger, string what);
}
