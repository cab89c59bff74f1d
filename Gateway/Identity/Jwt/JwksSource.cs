using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>The keys of one issuer: read before they are needed, read again when an unknown one is used, and held for a while when they can't be.</summary>
internal sealed partial class JwksSource(string name, JwksReader reader, LiveOptions<JwtOptions> options, TimeProvider time, ILogger<JwksSource> logger)
{
    /// <summary>A file costs little to read.</summary>
    private static readonly TimeSpan _fileInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private volatile Held? _held;
    private Task? _reading;
    private long? _lastRead;
    private long _failures;
    private volatile bool _isFailing;

    public string Name => name;

    /// <summary>Reads that brought no keys.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Since the keys were last read; null where there are none.</summary>
    public TimeSpan? Age => _held is { } held ? time.GetElapsedTime(held.ReadAt) : null;

    /// <summary>Whether there are keys that may be used.</summary>
    public bool IsUsable => Usable() is not null;

    /// <summary>Whether the issuer still has this very key.</summary>
    public bool Has(VerificationKey key) => ReferenceEquals(Usable()?.Find(key.Id), key);

    /// <summary>The key of this id, after another look where it is unknown; null where there is none.</summary>
    public ValueTask<VerificationKey?> FindAsync(string id, CancellationToken cancellation)
    {
        if (Usable()?.Find(id) is { } key)
            return ValueTask.FromResult<VerificationKey?>(key);
        return Read(options.Current.RefetchInterval) is { } reading ? AfterAsync(reading) : default;

        async ValueTask<VerificationKey?> AfterAsync(Task reading)
        {
            await reading.WaitAsync(cancellation);
            return Usable()?.Find(id);
        }
    }

    /// <summary>Reads the keys if it is time to; doesn't wait for them.</summary>
    public void ReadIfDue() =>
        Read(reader.Url is null ? Min(_fileInterval, options.Current.RefreshInterval)
            : IsUsable && !_isFailing ? options.Current.RefreshInterval
            : options.Current.RefetchInterval);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private KeySet? Usable() => _held is { } held && time.GetElapsedTime(held.ReadAt) <= options.Current.MaxStaleness ? held.Keys : null;

    /// <summary>The read that is under way, or a new one; null where the last one began less than this long ago. However many ask, there is one.</summary>
    private Task? Read(TimeSpan interval)
    {
        lock (_lock)
        {
            if (_reading is { IsCompleted: false })
                return _reading;
            if (_lastRead is { } last && time.GetElapsedTime(last) < interval)
                return null;
            _lastRead = time.GetTimestamp();
            return _reading = Task.Run(ReadAsync);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            using var deadline = new CancellationTokenSource(options.Current.FetchTimeout, time);
            var before = _held?.Keys;
            var began = time.GetTimestamp();
            var keys = KeySet.Read(await reader.ReadAsync(deadline.Token), before);
            _held = new Held(keys, began);
            if (before is null || _isFailing)
                KeysRead(logger, keys.Count, name);
            _isFailing = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HttpRequestException or InvalidDataException or OperationCanceledException)
        {
            _isFailing = true;
            Interlocked.Increment(ref _failures);
            ReadFailed(logger, name, e is OperationCanceledException ? "it takes too long" : e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "Read {Count} keys of the token issuer {Issuer}.")]
    private static partial void KeysRead(ILogger logger, int count, string issuer);

    [LoggerMessage(LogLevel.Error, "Failed to read the keys of the token issuer {Issuer}, the last good ones are used as long as they may be: {Reason}")]
    private static partial void ReadFailed(ILogger logger, string issuer, string reason);

    private sealed record Held(KeySet Keys, long ReadAt);
}
