namespace Zakenak.AppHost.Kubernetes;

/// <summary>Where a pod's folders are; everything else of its file system is read-only.</summary>
internal static class PodPaths
{
    /// <summary>The projected service-account token with which a service enrolls.</summary>
    public const string Identity = "/run/zakenak/identity";

    /// <summary>The roots, as the authority publishes them.</summary>
    public const string Trust = "/run/zakenak/trust";

    /// <summary>The service's settings.</summary>
    public const string Settings = "/etc/zakenak";

    /// <summary>One file for each configuration key that is a secret.</summary>
    public const string Secrets = "/run/zakenak/secrets";

    public const string Policy = "/run/zakenak/policy";

    /// <summary>Apart from the policy: it comes from elsewhere.</summary>
    public const string PolicyRoot = "/run/zakenak/policy-root";

    public const string ApiKeys = "/run/zakenak/api-keys";

    /// <summary>The certificate that clients see, where it is not the gateway's SVID.</summary>
    public const string EdgeCertificate = "/run/zakenak/edge-certificate";

    /// <summary>Keys of identity providers and roots of other trust domains, by which clients are known.</summary>
    public const string ClientTrust = "/run/zakenak/client-trust";

    public const string Features = "/run/zakenak/features";

    /// <summary>What a service writes.</summary>
    public const string State = "/var/lib/zakenak";

    public const string Models = "/models";

    public const string Scratch = "/tmp";

    /// <summary>The token for the API server, where its clients look for it.</summary>
    public const string ApiServer = "/var/run/secrets/kubernetes.io/serviceaccount";
}
