using System.ComponentModel.DataAnnotations;
using Zakenak.Gateway.Screening.Redaction;

namespace Zakenak.Gateway.Screening;

/// <summary>Section <c>Screening</c>; followed while the gateway runs.</summary>
internal sealed class ScreeningOptions : IValidatableObject
{
    public const string Section = "Screening";

    /// <summary>Largest request body in bytes.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Deepest nesting of objects and arrays in a body; what the model server takes, for schemas nest.</summary>
    [Range(4, 256)]
    public int MaxDepth { get; set; } = 64;

    /// <summary>How long a client may take to send its body.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What is taken out of answers and requests.</summary>
    public RedactionOptions Redaction { get; init; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(Redaction, new ValidationContext(Redaction), faults, validateAllProperties: true);
        return [
            .. faults.Select(fault => new ValidationResult(fault.ErrorMessage, [$"Redaction:{fault.MemberNames.FirstOrDefault()}"])),
            .. new RedactionRules(Redaction).Faults.Select(fault => new ValidationResult(fault.Why, [$"Redaction:{fault.Key}"])),
        ];
    }
}
