using Microsoft.Extensions.Primitives;

namespace Zakenak.ServiceDefaults;

/// <summary>Who this process is, and whom it trusts. Renewed while the process runs: read it anew for each connection or signature.</summary>
public interface IWorkloadIdentity
{
    /// <summary>Known from configuration, before any certificate.</summary>
    SpiffeId Id { get; }

    /// <summary>Whether there is an SVID; it stays true when that expires.</summary>
    bool IsEnrolled { get; }

    /// <exception cref="InvalidOperationException">The process has not enrolled yet; traffic listeners and clients wait for it, so only code outside them can meet this.</exception>
    Svid Current { get; }

    /// <exception cref="InvalidOperationException">The process has not enrolled yet.</exception>
    TrustBundle Bundle { get; }

    /// <summary>Fires once, after the next renewal.</summary>
    IChangeToken GetChangeToken();

    /// <summary>The current SVID, waiting for the first one if need be.</summary>
    ValueTask<Svid> WaitForSvidAsync(CancellationToken cancellationToken);
}
