using System.Globalization;
using System.Threading.Channels;
using Zakenak.Audit;

namespace Zakenak.Gateway.Audit;

/// <summary>
/// Records of requests on their way to disk. A request's place is taken before it begins, so that there is room for its record however long the disk
/// refuses; the place is free again when the record is on disk.
/// </summary>
internal sealed class RecordQueue : IAsyncDisposable
{
    // Of about 700 bytes each: one write of a third of a megabyte.
    private const int MaxGroup = 512;

    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _lastTry = TimeSpan.FromSeconds(5);

    private readonly Channel<IAuditEntry> _waiting = Channel.CreateUnbounded<IAuditEntry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly AuditLog _log;
    private readonly AuditOptions _options;
    private readonly AuditMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _writer;
    private int _places;
    private long _refused;
    private long _lost;
    private volatile bool _isFailing;

    public RecordQueue(AuditLog log, AuditOptions options, AuditMetrics metrics, TimeProvider time, ILogger logger)
    {
        (_log, _options, _metrics, _time, _logger) = (log, options, metrics, time, logger);
        metrics.Watch(() => Volatile.Read(ref _places), () => _isFailing);
        _writer = Task.Run(WriteAllAsync);
    }

    public bool IsFailing => _isFailing;

    /// <summary>Takes a place; false where the request must be refused.</summary>
    public bool TryEnter(out bool hasPlace)
    {
        var mayRefuse = _options.WhenUnrecorded == WhenUnrecorded.Refuse;
        hasPlace = !(_isFailing && mayRefuse) && Interlocked.Increment(ref _places) <= _options.MaxWaiting;
        if (hasPlace)
            return true;
        if (!(_isFailing && mayRefuse))
            Interlocked.Decrement(ref _places);
        Interlocked.Increment(ref mayRefuse ? ref _refused : ref _lost);
        _metrics.Unrecorded();
        return !mayRefuse;
    }

    /// <summary>Takes the record of a request that has a place.</summary>
    public void Add(RequestRecord record)
    {
        if (!_waiting.Writer.TryWrite(record))
            Log.RecordsLost(_logger, 1);
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _stop.CancelAsync();
        _giveUp.CancelAfter(_lastTry);
        await _writer;
        _stop.Dispose();
        _giveUp.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var group = new List<IAuditEntry>(MaxGroup + 1);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            if (_options.CommitInterval > TimeSpan.Zero)
                await Task.Delay(_options.CommitInterval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (group.Count < MaxGroup && _waiting.Reader.TryRead(out var record))
                group.Add(record);
            if (!await WriteAsync(group))
            {
                Log.RecordsLost(_logger, group.Count + _waiting.Reader.Count);
                return;
            }

            group.Clear();
        }
    }

    /// <summary>Tries until it is done; false: the gateway stops, and it can't be done.</summary>
    private async Task<bool> WriteAsync(List<IAuditEntry> group)
    {
        var count = group.Count;
        while (true)
        {
            var (refused, lost) = (Interlocked.Read(ref _refused), Interlocked.Read(ref _lost));
            if (refused + lost > 0)
                group.Add(Gap(refused, lost));
            try
            {
                await _log.AppendAsync(group);
                Interlocked.Add(ref _places, -count);
                Interlocked.Add(ref _refused, -refused);
                Interlocked.Add(ref _lost, -lost);
                _metrics.Recorded(count);
                if (_isFailing)
                    Log.Resumed(_logger, count, refused, lost);
                _isFailing = false;
                return true;
            }
            catch (AuditUnavailableException e)
            {
                if (!_isFailing)
                    Log.Unrecorded(_logger, e);
                _isFailing = true;
            }

            group.RemoveRange(count, group.Count - count);
            if (_giveUp.IsCancellationRequested)
                return false;
            await Task.Delay(_retryDelay, _time, _giveUp.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Says in the log itself that it has no record of these.</summary>
    private static AuditRecord Gap(long refused, long lost) => new("gateway", "requests.unrecorded", "gateway", AuditOutcome.Failed, GatewayAudit.Unavailable.Code)
    {
        Details = new Dictionary<string, string>
        {
            ["answered"] = lost.ToString(CultureInfo.InvariantCulture),
            ["refused"] = refused.ToString(CultureInfo.InvariantCulture),
        },
    };
}
