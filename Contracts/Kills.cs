using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary><c>GET /admin/v1/kills</c> of the gateway: what is stopped.</summary>
/// <param name="Shared">Whether other replicas of the gateway know of it; false: each has a list of its own.</param>
public sealed record KillListing(
    [property: JsonPropertyName("kills"), JsonRequired] IReadOnlyList<Kill> Kills,
    [property: JsonPropertyName("shared")] bool Shared);

/// <summary>One version, tenant or key that is stopped.</summary>
/// <param name="Kind"><c>version</c>, <c>tenant</c> or <c>key</c>.</param>
/// <param name="Value"><c>name:vN</c>, a tenant's name, a key's id.</param>
/// <param name="Reason">For administrators; clients are not told.</param>
/// <param name="By">The SPIFFE id of whoever stopped it.</param>
/// <param name="Since">When.</param>
public sealed record Kill(
    [property: JsonPropertyName("kind"), JsonRequired] string Kind,
    [property: JsonPropertyName("value"), JsonRequired] string Value,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("by")] string? By,
    [property: JsonPropertyName("since")] DateTimeOffset? Since);

/// <summary><c>POST /admin/v1/kills</c>: stops it. <c>DELETE /admin/v1/kills?kind=K&amp;value=V</c> lets it go on.</summary>
public sealed record KillOrder(
    [property: JsonPropertyName("kind"), JsonRequired] string Kind,
    [property: JsonPropertyName("value"), JsonRequired] string Value,
    [property: JsonPropertyName("reason")] string? Reason);
