using System.Text.Json.Serialization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zakenak.ServiceDefaults;

/// <summary>Body of <c>/healthz</c> for identified callers and in development: every check with its reason.</summary>
internal sealed record HealthAnswer(
    [property: JsonPropertyName("service")] string Service,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("checks")] IReadOnlyDictionary<string, HealthAnswerCheck> Checks)
{
    public static HealthAnswer From(string service, HealthReport report) => new(
        service,
        report.Status.ToString(),
        report.Entries.ToDictionary(e => e.Key, e => new HealthAnswerCheck(e.Value.Status.ToString(), ReasonOf(e.Value))));

    // A check that throws gets the exception's text as its description.
    private static string? ReasonOf(HealthReportEntry entry) =>
        entry.Exception is { } e && entry.Description == e.Message ? $"the check itself failed ({e.GetType().Name})" : entry.Description;
}

/// <param name="Reason">What the check says; never an exception's text.</param>
internal sealed record HealthAnswerCheck(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("reason")] string? Reason);
