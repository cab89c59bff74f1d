using System.ComponentModel.DataAnnotations;

namespace Zakenak.ServiceDefaults;

/// <summary>Section <c>Identity</c>, what a service needs to enroll.</summary>
public sealed class EnrollmentOptions : IValidatableObject
{
    /// <summary>The certificate authority, <c>https://HOST:PORT</c>.</summary>
    [Required]
    public Uri? CertAuthorityUrl { get; set; }

    /// <summary>File with the proof: in development the single-use token of this start, in a cluster the projected service-account token. Read anew each time.</summary>
    [Mount(MountKind.SecretFile)]
    [Required]
    public string? TokenFile { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CertAuthorityUrl is { } url && (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps || url.PathAndQuery != "/"))
        {
            yield return new ValidationResult("must be https://HOST:PORT without a path.", [nameof(CertAuthorityUrl)]);
        }
    }
}
