namespace Zakenak.Contracts;

/// <summary>The service-account names of the suite; a workload's SPIFFE id is <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/NAME</c>.</summary>
public static class ServiceNames
{
    public const string CertAuthority = "cert-authority";
    public const string Gateway = "gateway";
    public const string ModelServer = "model-server";
    public const string FeatureProxy = "feature-proxy";
}
