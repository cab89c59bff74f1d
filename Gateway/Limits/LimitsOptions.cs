using System.ComponentModel.DataAnnotations;
using Zakenak.Gateway.Identity;

namespace Zakenak.Gateway.Limits;

/// <summary>Section <c>Limits</c>: the defaults; tenants and keys have limits of their own in the file of keys.</summary>
internal sealed class LimitsOptions : IValidatableObject
{
    public const string Section = "Limits";

    /// <summary>All rates are per minute.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public const int MaxRequestsPerMinute = 100_000;
    public const long MaxTokensPerMinute = 1_000_000_000_000;
    public const int MaxConcurrentRequests = 100_000;
    public const int MaxDefaultTokens = 1_000_000;

    /// <summary>Requests per minute of one key.</summary>
    [Range(1, MaxRequestsPerMinute)]
    public int RequestsPerMinute { get; set; } = 600;

    /// <summary>Tokens per minute of one key, of prompts and completions together.</summary>
    [Range(1, MaxTokensPerMinute)]
    public long TokensPerMinute { get; set; } = 1_000_000;

    /// <summary>Requests of one key that may run at the same time.</summary>
    [Range(1, MaxConcurrentRequests)]
    public int KeyConcurrentRequests { get; set; } = 256;

    /// <summary>Requests per minute of all keys of one tenant.</summary>
    [Range(1, MaxRequestsPerMinute)]
    public int TenantRequestsPerMinute { get; set; } = 3000;

    /// <summary>Tokens per minute of all keys of one tenant.</summary>
    [Range(1, MaxTokensPerMinute)]
    public long TenantTokensPerMinute { get; set; } = 5_000_000;

    /// <summary>Requests of one tenant that may run at the same time.</summary>
    [Range(1, MaxConcurrentRequests)]
    public int TenantConcurrentRequests { get; set; } = 256;

    /// <summary>Requests of everybody that may run at the same time; each may hold a body of the maximum size.</summary>
    [Range(1, MaxConcurrentRequests)]
    public int ConcurrentRequests { get; set; } = 2048;

    /// <summary>Longest completion of a request that names no bound, in tokens: reserved, and enforced by the model server.</summary>
    [Range(1, MaxDefaultTokens)]
    public int DefaultMaxTokens { get; set; } = 1024;

    /// <summary>How long a model server is asked what a request took whose answer broke off; after it all that was reserved counts.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan UsageTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often leases are renewed where replicas share a database; a request that needs more is not made to wait for it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan LeaseInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long requests go on within what is leased after the database went away.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LeaseLife { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long after that nobody else gets what a lost replica had. A minute before, requests that it still runs are cut off.</summary>
    [Range(typeof(TimeSpan), "00:02:00", "1.00:00:00")]
    public TimeSpan LeaseReclaim { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>By a model's name: what each tenant may use of it. Models that are not named have no limits of their own.</summary>
    public IDictionary<string, LimitSet> Models { get; init; } = new Dictionary<string, LimitSet>(StringComparer.Ordinal);

    /// <summary>What a client's tenant may use of a model, by the file of keys or else by these options; null where nothing bounds it.</summary>
    public LimitSet? LimitsOf(Client client, string model) =>
        client.TenantLimits?.Models?.GetValueOrDefault(model) ?? (Models.TryGetValue(model, out var limits) ? limits : null);

    /// <summary>Tokens of a completion whose request names no bound.</summary>
    public int DefaultTokensOf(Client client, string model) =>
        LimitsOf(client, model)?.DefaultMaxTokens ?? client.TenantLimits?.DefaultMaxTokens ?? DefaultMaxTokens;

    /// <summary>Puts the limits of a client's tenant and key in force.</summary>
    public void Put(Client client, Scope tenant, Scope key)
    {
        tenant.Limit(
            client.TenantLimits?.RequestsPerMinute ?? TenantRequestsPerMinute,
            client.TenantLimits?.TokensPerMinute ?? TenantTokensPerMinute,
            client.TenantLimits?.ConcurrentRequests ?? TenantConcurrentRequests);
        key.Limit(
            client.Limits?.RequestsPerMinute ?? RequestsPerMinute,
            client.Limits?.TokensPerMinute ?? TokensPerMinute,
            client.Limits?.ConcurrentRequests ?? KeyConcurrentRequests);
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LeaseLife < 2 * LeaseInterval)
            yield return new ValidationResult("must be at least twice Limits:LeaseInterval", [nameof(LeaseLife)]);
        foreach (var (name, limits) in Models)
        {
            var faults = new List<ValidationResult>();
            Validator.TryValidateObject(limits, new ValidationContext(limits), faults, validateAllProperties: true);
            foreach (var fault in faults)
                yield return new ValidationResult(fault.ErrorMessage, fault.MemberNames.Select(m => $"Models:{name}:{m}"));
        }
    }
}
