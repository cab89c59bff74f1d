#pragma warning disable ASPIREPROBES001
namespace Zakenak.AppHost;

/// <summary>What a service has wherever it runs: its endpoints, and whom it asks for an identity.</summary>
public static class SuiteExtensions
{
    /// <summary>Traffic of a service in a pod; on a laptop any free port.</summary>
    public const int TrafficPort = 8443;

    /// <summary>Health and metrics in a pod; on a laptop any free port.</summary>
    public const int ManagementPort = 9090;

    /// <summary>The gateway's administration in a pod; on a laptop any free port.</summary>
    public const int AdminPort = 8444;

    /// <summary>Traffic over mutual TLS, and health and metrics on a port of their own.</summary>
    public static IResourceBuilder<ProjectResource> WithWorkloadEndpoints(this IResourceBuilder<ProjectResource> service)
    {
        ArgumentNullException.ThrowIfNull(service);
        int? port = service.ApplicationBuilder.ExecutionContext.IsPublishMode ? TrafficPort : null;
        return service
            .WithHttpsEndpoint(port: port, targetPort: port, name: "https", env: "Listen__TrafficPort")
            .WithManagementEndpoint();
    }

    /// <summary>
    /// What clients speak to: on a laptop the gateway's two ports, moved by <c>--http-port</c> and <c>--https-port</c>; in a cluster HTTPS alone.
    /// And what administrators speak to, which is nobody else's business.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithEdgeEndpoints(this IResourceBuilder<ProjectResource> gateway)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        var configuration = gateway.ApplicationBuilder.Configuration;
        int? adminPort = gateway.ApplicationBuilder.ExecutionContext.IsPublishMode ? AdminPort : null;
        var edge = gateway.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? gateway.WithHttpsEndpoint(port: 443, targetPort: TrafficPort, name: "https", env: "Listen__HttpsPort")
            : gateway
                .WithHttpEndpoint(port: Port("http-port", 8080), name: "http", env: "Listen__HttpPort", isProxied: false)
                .WithHttpsEndpoint(port: Port("https-port", 8443), name: "https", env: "Listen__HttpsPort", isProxied: false);
        return edge
            .WithExternalHttpEndpoints()
            .WithHttpsEndpoint(port: adminPort, targetPort: adminPort, name: "admin", env: "Admin__Port")
            .WithManagementEndpoint()
            .DisableForwardedHeaders();

        int Port(string option, int fallback) =>
            configuration[option] is not { } text ? fallback
            : int.TryParse(text, out var port) && port is > 0 and < 65536 ? port
            : throw new DistributedApplicationException($"--{option} {text}: a port is a number from 1 to 65535.");
    }

    /// <summary>Who issues the service's certificates.</summary>
    public static IResourceBuilder<ProjectResource> WithIdentityFrom(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<ProjectResource> authority)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(authority);
        return service
            .WithEnvironment("Identity__CertAuthorityUrl", authority.GetEndpoint("https"))
            .WaitFor(authority);
    }

    // A pod's probes come over HTTPS, which the services answer from the first moment on; who starts processes on a laptop knows no root of theirs.
    private static IResourceBuilder<ProjectResource> WithManagementEndpoint(this IResourceBuilder<ProjectResource> service) =>
        service.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? service
                .WithHttpsEndpoint(port: ManagementPort, targetPort: ManagementPort, name: "management", env: "Listen__ManagementPort")
                .WithHttpProbe(ProbeType.Liveness, "/livez", initialDelaySeconds: 0, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3, endpointName: "management")
                .WithHttpProbe(ProbeType.Readiness, "/healthz", initialDelaySeconds: 0, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2, endpointName: "management")
            : service
                .WithHttpEndpoint(name: "management", env: "Listen__ManagementPort")
                .WithHttpHealthCheck("/healthz", endpointName: "management");
}
