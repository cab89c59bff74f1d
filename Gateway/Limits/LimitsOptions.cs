using System.ComponentModel.DataAnnotations;

namespace Zakenak.Gateway.Limits;

/// <summary>Section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>A window remembers each admitted request (8 bytes); more than this belongs to a counter of another kind.</summary>
    public const int MaxRequestsPerMinute = 100_000;

    /// <summary>Requests per minute of one key, unless its entry says otherwise.</summary>
    [Range(1, MaxRequestsPerMinute)]
    public int RequestsPerMinute { get; set; } = 600;

    /// <summary>Requests per minute of all keys of one tenant.</summary>
    [Range(1, MaxRequestsPerMinute)]
    public int TenantRequestsPerMinute { get; set; } = 3000;

    /// <summary>Requests of one tenant that may run at the same time.</summary>
    [Range(1, 100_000)]
    public int TenantConcurrentRequests { get; set; } = 256;

    /// <summary>Requests of everybody that may run at the same time; each may hold a body of the maximum size.</summary>
    [Range(1, 100_000)]
    public int ConcurrentRequests { get; set; } = 2048;
}
