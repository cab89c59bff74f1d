using System.ComponentModel.DataAnnotations;

namespace Zakenak.ServiceDefaults;

/// <summary>Section <c>Identity</c>.</summary>
public sealed class WorkloadIdentityOptions : IValidatableObject
{
    [Required]
    public string TrustDomain { get; set; } = "zakenak.local";

    /// <summary>PEM file of the roots. Read before anything is sent to anyone.</summary>
    [Required]
    public string? TrustAnchorsFile { get; set; }

    /// <summary>The certificate authority, <c>https://HOST:PORT</c>.</summary>
    [Required]
    public Uri? CertAuthorityUrl { get; set; }

    /// <summary>File with the enrollment token of this start of the process.</summary>
    [Required]
    public string? TokenFile { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!SpiffeId.IsTrustDomain(TrustDomain))
        {
            yield return new ValidationResult("TrustDomain must be 1 to 255 of a-z 0-9 . - _", [nameof(TrustDomain)]);
        }

        if (CertAuthorityUrl is { } url && (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps || url.PathAndQuery != "/"))
        {
            yield return new ValidationResult("CertAuthorityUrl must be https://HOST:PORT without a path.", [nameof(CertAuthorityUrl)]);
        }
    }
}
