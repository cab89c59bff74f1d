using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>The audit log of this registry, and whether it takes records now.</summary>
internal sealed class RegistryAudit : IAsyncDisposable
{
    private readonly ECDsa _key;
    private readonly AuditLog _log;
    private readonly ILogger<RegistryAudit> _logger;
    private volatile bool _failing;

    /// <exception cref="StartRefusedException">The log is damaged, or another process has it.</exception>
    public RegistryAudit(IOptions<StoreOptions> options, TimeProvider time, ILogger<RegistryAudit> logger)
    {
        _logger = logger;
        Directory = options.Value.AuditPath;
        ECDsa? key = null;
        try
        {
            _key = key = AuditSigningKey.Open(Directory + "-key");
            _log = AuditLog.Open(
                new AuditLogOptions
                {
                    Directory = Directory,
                    Name = ServiceNames.ModelRegistry,
                    CheckpointKey = _key,
                    OnCheckpoint = checkpoint => Log.Checkpointed(logger, checkpoint.ToString()),
                },
                time);
        }
        catch (Exception e) when (e is AuditDamagedException or AuditUnavailableException)
        {
            key?.Dispose();
            throw new StartRefusedException("The audit log cannot be continued, and nothing is changed unrecorded. " + e.Message, inner: e);
        }
    }

    /// <summary>Folder of the records.</summary>
    public string Directory { get; }

    /// <summary>Makes one record durable.</summary>
    /// <exception cref="AuditUnavailableException">It is not on disk: refuse the act.</exception>
    public async Task AppendAsync(AuditRecord record)
    {
        try
        {
            // Not cancelled with the request: a client that goes away must not decide what is recorded.
            await _log.AppendAsync(record, CancellationToken.None).ConfigureAwait(false);
            _failing = false;
        }
        catch (AuditUnavailableException e)
        {
            _failing = true;
            Log.AuditFailed(_logger, e, record.Action);
            throw;
        }
    }

    /// <summary>Whether it takes records. After a failure this tries again, because an unready registry gets no request that would.</summary>
    public async Task<bool> CanRecordAsync()
    {
        if (!_failing)
        {
            return true;
        }

        try
        {
            await AppendAsync(new AuditRecord("registry", "audit.resumed", ServiceNames.ModelRegistry, AuditOutcome.Done)).ConfigureAwait(false);
            return true;
        }
        catch (AuditUnavailableException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync().ConfigureAwait(false);
        _key.Dispose();
    }
}
