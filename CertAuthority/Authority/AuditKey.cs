using System.Security.Cryptography;
using Zakenak.Audit;

namespace Zakenak.CertAuthority;

/// <summary>
/// Signs the checkpoints of the audit log and nothing else. It stays when issuing keys expire and go, so a checkpoint of any age can be
/// verified with <c>audit-key/public.pem</c>, a copy of which belongs outside this machine.
/// </summary>
public sealed class AuditKey : IDisposable
{
    private const string Name = "audit-key";

    private AuditKey(ECDsa key) => Key = key;

    /// <summary>P-256.</summary>
    public ECDsa Key { get; }

    /// <summary>Reads the key, or makes it at the first start.</summary>
    /// <exception cref="ServiceDefaults.StartRefusedException">It is damaged, or open to others.</exception>
    public static AuditKey Open(AuthorityFolder folder, ILogger<AuditKey> logger)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (folder.List(Name).Count > 0)
        {
            return new AuditKey(folder.LoadKey(Name));
        }

        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        folder.KeepKey(Name, key);
        Log.AuditKeyMade(logger, AuditCheckpoint.IdOf(key));
        return new AuditKey(key);
    }

    public void Dispose() => Key.Dispose();
}
