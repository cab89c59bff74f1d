using System.ComponentModel.DataAnnotations;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>What is taken out of answers and requests; within section <c>Screening</c>. Nothing is unless it is named.</summary>
internal sealed class RedactionOptions : RedactedKinds
{
    /// <summary>What is taken out besides for a tenant, by its name.</summary>
    public IDictionary<string, RedactedKinds> Tenants { get; init; } = new Dictionary<string, RedactedKinds>(StringComparer.Ordinal);

    /// <summary>What is taken out besides where a model answers, by its name without version.</summary>
    public IDictionary<string, RedactedKinds> Models { get; init; } = new Dictionary<string, RedactedKinds>(StringComparer.Ordinal);

    /// <summary>Patterns of one's own, by the names that stand in the text's place.</summary>
    public IDictionary<string, OwnPattern> Patterns { get; init; } = new Dictionary<string, OwnPattern>(StringComparer.Ordinal);

    /// <summary>Of one search for a pattern of one's own. Their time is linear, so this ends only what a machine is too slow for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(1);
}
