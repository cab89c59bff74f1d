using System.ComponentModel.DataAnnotations;
using System.Net;
using Zakenak.Contracts;

namespace Zakenak.CertAuthority;

/// <summary>Section <c>CertAuthority</c>: what SVIDs look like.</summary>
public sealed class IssuingOptions : IValidatableObject
{
    [Range(typeof(TimeSpan), "00:00:02", "1.00:00:00", ErrorMessage = "must be between 2 seconds and 24 hours, e.g. 01:00:00.")]
    public TimeSpan SvidLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Who may enroll, besides the authority itself.</summary>
    public IReadOnlyList<string> Services { get; } = [
        ServiceNames.Gateway, ServiceNames.ModelServer, ServiceNames.FeatureProxy, ServiceNames.ModelRegistry,
        ServiceNames.Operator, ServiceNames.Prometheus,
    ];

    /// <summary>DNS names by service. They are decided here; what a CSR wishes for is ignored.</summary>
    public Dictionary<string, string[]> DnsNames { get; } = [];

    /// <summary>IP addresses by service.</summary>
    public Dictionary<string, string[]> IpAddresses { get; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var service in DnsNames.Keys.Concat(IpAddresses.Keys).Where(s => s != ServiceNames.CertAuthority && !Services.Contains(s)))
        {
            yield return new ValidationResult($"'{service}' is no service of the suite.", [nameof(DnsNames)]);
        }

        foreach (var (service, names) in DnsNames)
        {
            if (names.Any(n => Uri.CheckHostName(n) != UriHostNameType.Dns))
            {
                yield return new ValidationResult("must hold DNS names.", [$"{nameof(DnsNames)}:{service}"]);
            }
        }

        foreach (var (service, addresses) in IpAddresses)
        {
            if (addresses.Any(a => !IPAddress.TryParse(a, out _)))
            {
                yield return new ValidationResult("must hold IP addresses.", [$"{nameof(IpAddresses)}:{service}"]);
            }
        }
    }
}
