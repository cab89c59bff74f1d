namespace Zakenak.Contracts;

/// <summary>The service-account names of the suite; a workload's SPIFFE id is <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/NAME</c>.</summary>
public static class ServiceNames
{
    public const string CertAuthority = "cert-authority";
    public const string Gateway = "gateway";
    public const string ModelServer = "model-server";
    public const string FeatureProxy = "feature-proxy";
    public const string ModelRegistry = "model-registry";

    /// <summary>A person with the command-line tool.</summary>
    public const string Operator = "operator";

    /// <summary>Whoever scrapes metrics.</summary>
    public const string Prometheus = "prometheus";
}
