using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Section <c>CertAuthority:Kubernetes</c>: the API server that is asked about service-account tokens. Outside namespace <c>dev</c> only.</summary>
public sealed class KubernetesOptions : IValidatableObject
{
    public const string Section = "CertAuthority:Kubernetes";

    /// <summary>The API server, <c>https://HOST:PORT</c>.</summary>
    [Required]
    public Uri? Url { get; set; } = new("https://kubernetes.default.svc");

    /// <summary>PEM file of the roots by which the API server proves itself.</summary>
    [Mount(MountKind.File)]
    [Required]
    public string CaFile { get; set; } = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

    /// <summary>File with this authority's own token for the API server; read anew for each request, because it rotates.</summary>
    [Mount(MountKind.SecretFile)]
    [Required]
    public string TokenFile { get; set; } = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    /// <summary>Audience that a token must be meant for.</summary>
    [Required]
    public string Audience { get; set; } = "zakenak-ca";

    /// <summary>Namespaces whose service accounts may enroll. Empty: the authority's own.</summary>
    public IList<string> Namespaces { get; } = [];

    /// <summary>
    /// Whether a token of the service account <c>operator</c> is a proof although it is bound to no pod: a person's, from <c>kubectl create token</c>.
    /// Who may make one could as well start a pod under that account.
    /// </summary>
    public bool AllowUnboundOperator { get; set; }

    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00", ErrorMessage = "must be between 0.1 s and 60 s, e.g. 00:00:05.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Questions to the API server at once; further askers are told to come back.</summary>
    [Range(1, 256)]
    public int MaxConcurrency { get; set; } = 8;

    /// <summary>ConfigMap in the authority's own namespace that carries the roots as <c>bundle.pem</c>.</summary>
    [Required, RegularExpression("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", ErrorMessage = "must be the name of a ConfigMap.")]
    public string BundleConfigMap { get; set; } = "zakenak-trust-bundle";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { } url && (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps || url.PathAndQuery != "/"))
        {
            yield return new ValidationResult("must be https://HOST:PORT without a path.", [nameof(Url)]);
        }

        if (Namespaces.Any(n => n == ServiceContext.DevelopmentNamespace || !ServiceAccount.IsName(n)))
        {
            yield return new ValidationResult($"must hold names of namespaces, and not {ServiceContext.DevelopmentNamespace}, which proves nothing.", [nameof(Namespaces)]);
        }
    }
}
