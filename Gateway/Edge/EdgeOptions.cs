using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Edge;

/// <summary>Section <c>Listen</c>, where clients are concerned; the address is <c>Listen:Address</c>, shared with the management port.</summary>
internal sealed class EdgeOptions : IValidatableObject
{
    public const string Section = "Listen";

    /// <summary>Plain HTTP, only in namespace dev and on loopback: 8080 there unless set; 0 takes a free port.</summary>
    [Range(0, 65535)]
    public int? HttpPort { get; set; }

    /// <summary>HTTPS; 0 takes a free port.</summary>
    [Range(0, 65535)]
    public int HttpsPort { get; set; } = 8443;

    /// <summary>PEM of the certificate that clients see, with its chain; absent: the gateway's SVID.</summary>
    [Mount(MountKind.File)]
    public string? CertificateFile { get; set; }

    /// <summary>PEM of its private key.</summary>
    [Mount(MountKind.SecretFile)]
    public string? KeyFile { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (HttpPort is > 0 && HttpPort == HttpsPort)
            yield return new ValidationResult("HttpPort must differ from HttpsPort.", [nameof(HttpPort)]);
        if (string.IsNullOrEmpty(CertificateFile) != string.IsNullOrEmpty(KeyFile))
            yield return new ValidationResult("CertificateFile and KeyFile belong together.", [nameof(KeyFile)]);
    }
}
