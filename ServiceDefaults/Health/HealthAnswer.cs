using System.Text.Json.Serialization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zakenak.ServiceDefaults;

/// <summary>Body of <c>/healthz</c> in development: every check with its reason.</summary>
internal sealed record HealthAnswer(
    [property: JsonPropertyName("service")] string Service,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("checks")] IReadOnlyDictionary<string, HealthAnswerCheck> Checks)
{
    public static HealthAnswer From(string service, HealthReport report) => new(
        service,
        report.Status.ToString(),
        report.Entries.ToDictionary(e => e.Key, e => new HealthAnswerCheck(e.Value.Status.ToString(), e.Value.Description)));
}

/// <param name="Reason">What the check says; never an exception's text.</param>
internal sealed record HealthAnswerCheck(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("reason")] string? Reason);
