using System.ComponentModel.DataAnnotations;

namespace Zakenak.ServiceDefaults;

/// <summary>Section <c>Identity</c>, what every service needs.</summary>
public sealed class WorkloadIdentityOptions : IValidatableObject
{
    [Required]
    public string TrustDomain { get; set; } = "zakenak.local";

    /// <summary>PEM file of the roots. Read before anything is sent to anyone.</summary>
    [Mount(MountKind.File)]
    [Required]
    public string? TrustAnchorsFile { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!SpiffeId.IsTrustDomain(TrustDomain))
        {
            yield return new ValidationResult("must be 1 to 255 of a-z 0-9 . - _", [nameof(TrustDomain)]);
        }
    }
}
