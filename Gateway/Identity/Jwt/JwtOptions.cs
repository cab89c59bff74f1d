using System.ComponentModel.DataAnnotations;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>Section <c>Jwt</c>: whose tokens are accepted, and within which bounds. Without an issuer none is.</summary>
internal sealed class JwtOptions : IValidatableObject
{
    public const string Section = "Jwt";

    /// <summary>Identity providers whose tokens are accepted.</summary>
    public IList<JwtIssuerOptions> Issuers { get; init; } = [];

    /// <summary>Longest token, in characters. All headers of a request together have 16 KiB.</summary>
    [Range(512, 16 * 1024)]
    public int MaxTokenLength { get; set; } = 8 * 1024;

    /// <summary>How far the issuer's clock may be from ours.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Verified tokens that are remembered, so that each is verified once.</summary>
    [Range(0, 1_000_000)]
    public int CachedTokens { get; set; } = 10_000;

    /// <summary>How often an issuer's keys are read again by address.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Least time between two reads of an issuer's keys; a token signed by an unknown key makes them be read before their time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan RefetchInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one read may take, to its last byte.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the last good keys are used while no newer ones can be read.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan MaxStaleness { get; set; } = TimeSpan.FromHours(24);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxStaleness < RefreshInterval)
            yield return new ValidationResult("must not be less than Jwt:RefreshInterval", [nameof(MaxStaleness)]);
        for (var i = 0; i < Issuers.Count; i++)
        {
            if (Issuers[i].Fault() is var (member, what))
                yield return new ValidationResult(what, [$"{nameof(Issuers)}:{i}:{member}"]);
            for (var j = 0; j < i; j++)
            {
                if (Issuers[j].Name == Issuers[i].Name)
                    yield return new ValidationResult("is the name of an earlier one", [$"{nameof(Issuers)}:{i}:{nameof(JwtIssuerOptions.Name)}"]);
                if (Issuers[j].Issuer == Issuers[i].Issuer)
                    yield return new ValidationResult("is configured before", [$"{nameof(Issuers)}:{i}:{nameof(JwtIssuerOptions.Issuer)}"]);
            }
        }
    }
}
