using Microsoft.Extensions.Primitives;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>Holds what another identity holds while expecting peers as if it were <paramref name="id"/>, so that only the peer can refuse.</summary>
internal sealed class WorkloadIdentityUnder(SpiffeId id, IWorkloadIdentity held) : IWorkloadIdentity
{
    public SpiffeId Id => id;

    public bool IsEnrolled => held.IsEnrolled;

    public Svid Current => held.Current;

    public TrustBundle Bundle => held.Bundle;

    public IChangeToken GetChangeToken() => held.GetChangeToken();

    public ValueTask<Svid> WaitForSvidAsync(CancellationToken cancellationToken) => held.WaitForSvidAsync(cancellationToken);
}
