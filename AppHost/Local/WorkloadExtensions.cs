namespace Zakenak.AppHost.Local;

/// <summary>What every service of the suite has: its endpoints and its identity.</summary>
public static class WorkloadExtensions
{
    /// <summary>Traffic over mutual TLS, and health and metrics on a port of their own.</summary>
    public static IResourceBuilder<ProjectResource> WithWorkloadEndpoints(this IResourceBuilder<ProjectResource> service) =>
        service
            .WithHttpsEndpoint(name: "https", env: "Listen__TrafficPort")
            .WithManagementEndpoint();

    /// <summary>What clients speak to: the gateway's two ports, moved by <c>--http-port</c> and <c>--https-port</c>.</summary>
    public static IResourceBuilder<ProjectResource> WithEdgeEndpoints(this IResourceBuilder<ProjectResource> gateway)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        var configuration = gateway.ApplicationBuilder.Configuration;
        return gateway
            .WithHttpEndpoint(port: Port("http-port", 8080), name: "http", env: "Listen__HttpPort", isProxied: false)
            .WithHttpsEndpoint(port: Port("https-port", 8443), name: "https", env: "Listen__HttpsPort", isProxied: false)
            .WithManagementEndpoint()
            .WithExternalHttpEndpoints()
            .DisableForwardedHeaders();

        int Port(string option, int fallback) =>
            configuration[option] is not { } text ? fallback
            : int.TryParse(text, out var port) && port is > 0 and < 65536 ? port
            : throw new DistributedApplicationException($"--{option} {text}: a port is a number from 1 to 65535.");
    }

    /// <summary>Enrollment at the certificate authority: where it is, what it is known by, and a fresh token at every start of every process.</summary>
    public static IResourceBuilder<ProjectResource> WithWorkloadIdentity(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<ProjectResource> authority, LocalState state)
    {
        ArgumentNullException.ThrowIfNull(service);
        var name = service.Resource.Name;
        return service
            .WithEnvironment("Identity__CertAuthorityUrl", authority.GetEndpoint("https"))
            .WithEnvironment("Identity__TrustAnchorsFile", state.TrustAnchorsFile)
            .WithEnvironment(context => context.EnvironmentVariables["Identity__TokenFile"] = state.NewEnrollmentTokenFile(name))
            .WaitFor(authority);
    }

    /// <summary>Whose word counts for models: the policy, and the root that must have signed it.</summary>
    public static IResourceBuilder<ProjectResource> WithTrustPolicy(this IResourceBuilder<ProjectResource> service, DevelopmentTrust trust)
    {
        ArgumentNullException.ThrowIfNull(trust);
        return service
            .WithEnvironment("Trust__PolicyFile", trust.PolicyFile)
            .WithEnvironment("Trust__PolicyRootFile", trust.PolicyRootFile);
    }

    private static IResourceBuilder<ProjectResource> WithManagementEndpoint(this IResourceBuilder<ProjectResource> service) =>
        service
            .WithHttpEndpoint(name: "management", env: "Listen__ManagementPort")
            .WithHttpHealthCheck("/healthz", endpointName: "management");
}
