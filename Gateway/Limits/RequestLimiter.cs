using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Zakenak.Gateway.Limits;

/// <summary>The limits of all tenants. Tenants and keys come from the operator's file alone, so what is remembered is bounded by it.</summary>
internal sealed class RequestLimiter(IOptions<LimitsOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TenantLimits> _tenants = new(StringComparer.Ordinal);
    private int _running;

    public TenantLimits For(string tenant) =>
        _tenants.GetOrAdd(tenant, static (_, self) => new TenantLimits(self.Options, self.Time), (Options: options.Value, Time: time));

    /// <summary>Takes one of the places that all tenants share; give it back with <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _running) <= options.Value.ConcurrentRequests)
            return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _running);
}
