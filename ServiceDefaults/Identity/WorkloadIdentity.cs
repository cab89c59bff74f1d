using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Zakenak.ServiceDefaults;

/// <summary>Holds the current SVID and bundle; whoever obtains them swaps them in.</summary>
public sealed class WorkloadIdentity(SpiffeId id) : IWorkloadIdentity
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Held? _held;
    private ConfigurationReloadToken _changed = new(); // a plain change token, in spite of its name

    public SpiffeId Id { get; } = id;

    public bool IsEnrolled => _held is not null;

    public Svid Current => (_held ?? throw NotEnrolled()).Svid;

    public TrustBundle Bundle => (_held ?? throw NotEnrolled()).Bundle;

    public IChangeToken GetChangeToken()
    {
        lock (_lock)
        {
            return _changed;
        }
    }

    public async ValueTask<Svid> WaitForSvidAsync(CancellationToken cancellationToken)
    {
        if (_held is null)
        {
            await _first.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return Current;
    }

    /// <summary>From now on new connections use these.</summary>
    public void Swap(Svid svid, TrustBundle bundle) => Swap(_ => new Held(svid, bundle));

    /// <summary>From now on new connections trust these roots; our own SVID stays.</summary>
    /// <exception cref="InvalidOperationException">The process has not enrolled yet.</exception>
    internal void SwapRoots(IReadOnlyList<X509Certificate2> roots) => Swap(held => held is null
        ? throw NotEnrolled()
        : held with { Bundle = new TrustBundle(held.Bundle.TrustDomain, roots, held.Bundle.Issuing) });

    private void Swap(Func<Held?, Held> change)
    {
        ConfigurationReloadToken fired;
        lock (_lock)
        {
            _held = change(_held);
            fired = _changed;
            _changed = new ConfigurationReloadToken();
        }

        _first.TrySetResult();
        fired.OnReload();
    }

    private static InvalidOperationException NotEnrolled() => new("This process has no SVID yet: it has not enrolled with the certificate authority.");

    private sealed record Held(Svid Svid, TrustBundle Bundle);
}
