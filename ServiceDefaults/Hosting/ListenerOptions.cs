using System.ComponentModel.DataAnnotations;

namespace Zakenak.ServiceDefaults;

/// <summary>Section <c>Listen</c>.</summary>
public sealed class ListenerOptions : IValidatableObject
{
    /// <summary>IP address of both listeners.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Mutually authenticated HTTPS between services; 0 takes a free port.</summary>
    [Range(0, 65535)]
    public int TrafficPort { get; set; }

    /// <summary><c>/livez</c>, <c>/healthz</c>, <c>/metrics</c>; 0 takes a free port.</summary>
    [Range(0, 65535)]
    public int ManagementPort { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!System.Net.IPAddress.TryParse(Address, out _))
        {
            yield return new ValidationResult("Address must be an IP address, e.g. 127.0.0.1.", [nameof(Address)]);
        }

        if (TrafficPort != 0 && TrafficPort == ManagementPort)
        {
            yield return new ValidationResult("ManagementPort must differ from TrafficPort.", [nameof(ManagementPort)]);
        }
    }
}
