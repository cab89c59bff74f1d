using System.Collections.Concurrent;
using Zakenak.Gateway.Limits.Leases;

namespace Zakenak.Gateway.Limits;

/// <summary>
/// The limits of all tenants, and what is known of each model's prompts. Tenants and models come from the operator alone, and of keys only those in use
/// are remembered: so it is bounded.
/// </summary>
/// <param name="options">Those in force now.</param>
/// <param name="time">Its monotonic clock is used.</param>
/// <param name="leases">Those that replicas share; null where this one is alone.</param>
internal sealed class RequestLimiter(Func<LimitsOptions> options, TimeProvider time, LimitLeases? leases = null)
{
    private readonly ConcurrentDictionary<string, TenantLimits> _tenants = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PromptBound> _prompts = new(StringComparer.Ordinal);
    private int _running;

    public TenantLimits For(string tenant) => _tenants.TryGetValue(tenant, out var limits) ? limits
        : _tenants.GetOrAdd(tenant, name => new TenantLimits(name, options, time, leases));

    /// <param name="model">Id of a version: another version may have another vocabulary.</param>
    public PromptBound PromptsOf(string model) => _prompts.GetOrAdd(model, static _ => new PromptBound());

    /// <summary>Takes one of the places that all tenants share; give it back with <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _running) <= options().ConcurrentRequests)
            return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _running);
}
