using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Audit;

/// <summary>
/// The audit log of this gateway. What an administrator does is on disk before it takes effect; what a request did is written when it ends, in groups,
/// and nobody waits for it.
/// </summary>
internal sealed class GatewayAudit : IHostedService, IAsyncDisposable
{
    public static readonly Refusal Unavailable = new(StatusCodes.Status503ServiceUnavailable, "audit_unavailable",
        "The gateway can't record requests now, and answers none unrecorded. Try again later.", RetryAfterSeconds: 5);

    private readonly ECDsa? _key;
    private readonly AuditLog? _log;
    private readonly RecordQueue? _requests;
    private readonly ILogger<GatewayAudit> _logger;
    private bool _isDisposed;

    /// <exception cref="StartRefusedException">The log is damaged, or another process has it.</exception>
    public GatewayAudit(IOptions<AuditOptions> options, AuditMetrics metrics, Func<AuditLogOptions, AuditLog> open, TimeProvider time, ILogger<GatewayAudit> logger)
    {
        _logger = logger;
        if (options.Value.Directory is not { Length: > 0 } directory)
        {
            Log.NotKept(logger);
            return;
        }

        ECDsa? key = null;
        try
        {
            _key = key = AuditSigningKey.Open(Path.GetFullPath(directory) + "-key");
            _log = open(new AuditLogOptions
            {
                Directory = Path.GetFullPath(directory),
                Name = ServiceNames.Gateway,
                MaxFileBytes = options.Value.MaxFileBytes,
                MaxFileAge = options.Value.MaxFileAge,
                CheckpointEveryRecords = 10_000,
                CheckpointKey = key,
                OnCheckpoint = checkpoint => Log.Checkpointed(logger, checkpoint.ToString()),
            });
        }
        catch (Exception e) when (e is AuditDamagedException or AuditUnavailableException)
        {
            key?.Dispose();
            throw new StartRefusedException("The audit log (Audit:Directory) can't be continued, and nothing is answered unrecorded. " + e.Message, inner: e);
        }

        _requests = new RecordQueue(_log, options.Value, metrics, time, logger);
    }

    /// <summary>Whether a log is kept at all.</summary>
    public bool IsKept => _log is not null;

    /// <summary>Whether requests are recorded now.</summary>
    public bool IsWell => _requests is not { IsFailing: true };

    /// <summary>Takes room for the record of a request that begins; false: refuse it with <see cref="Unavailable"/>.</summary>
    /// <param name="hasRoom">Whether <see cref="Record"/> is to be called when it ends.</param>
    public bool TryBegin(out bool hasRoom)
    {
        hasRoom = false;
        return _requests is null || _requests.TryEnter(out hasRoom);
    }

    /// <summary>The request has ended. Never waits.</summary>
    public void Record(RequestRecord record) => _requests?.Add(record);

    /// <summary>A message of a connection was refused before it became a request.</summary>
    public void RecordRefused(HttpContext connection, Refusal refusal, TimeProvider time, string method, string route)
    {
        if (TryBegin(out var hasRoom) && hasRoom)
            Record(new RequestRecord(connection, refusal, time, method, route));
    }

    /// <summary>Records an administrator's act, or a decision on access, before it takes effect; when it can't be, returns why the act must be refused.</summary>
    /// <param name="record">Who did what; never a key, a token or anything that a request or an answer holds.</param>
    public async ValueTask<Refusal?> RecordAsync(AuditRecord record)
    {
        if (_log is null)
            return null;
        try
        {
            // Not cancelled with the request: a client that goes away must not decide what is recorded.
            await _log.AppendAsync(record, CancellationToken.None);
            return null;
        }
        catch (AuditUnavailableException e)
        {
            Log.ActUnrecorded(_logger, e, record.Action);
            return Unavailable;
        }
    }

    /// <summary>A service of the host, so that a log that can't be continued stops the start.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Goes on: the last requests end later.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The host's container has it twice: as itself and as a service of the host.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        if (_requests is not null)
            await _requests.DisposeAsync();
        if (_log is not null)
            await _log.DisposeAsync();
        _key?.Dispose();
    }
}
