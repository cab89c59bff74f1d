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
    public string? TokenFile { get; set; }

    /// <summary>
    /// Instead of a token, where no host and no API server vouches for the process: 32 raw bytes that this service shares with the authority
    /// (<c>CertAuthority:EnrollmentKeysDirectory</c>), by which it signs itself a single-use token for each attempt.
    /// </summary>
    [Mount(MountKind.SecretFile)]
    public string? KeyFile { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CertAuthorityUrl is { } url && (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps || url.PathAndQuery != "/"))
        {
            yield return new ValidationResult("must be https://HOST:PORT without a path.", [nameof(CertAuthorityUrl)]);
        }

        if (string.IsNullOrEmpty(TokenFile) == string.IsNullOrEmpty(KeyFile))
        {
            yield return new ValidationResult($"is how this service proves who it is: name it, or {nameof(KeyFile)}, and not both.", [nameof(TokenFile)]);
        }
    }
}
