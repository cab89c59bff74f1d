using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace EmbeddedHost.Orchestration;

/// <summary>Gives every endpoint its address, once: it stays the same however often a process is restarted.</summary>
internal sealed class EndpointAllocator(IConfiguration configuration, FreePorts freePorts)
{
    // The switch that real test hosts set, so that tests of one machine do not meet on a fixed port.
    private readonly bool _randomize = configuration.GetValue("DcpPublisher:RandomizePorts", false);

    /// <summary>The option that moves an endpoint to another port.</summary>
    public static string OptionFor(IResource resource, EndpointAnnotation endpoint) => $"--Ports:{resource.Name}:{endpoint.Name}";

    public void Allocate(IResource resource)
    {
        var replicas = resource.GetReplicaCount();
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var isDirect = endpoint.IsExplicitlyProxied == false;
            if (isDirect && replicas > 1)
            {
                throw new DistributedApplicationException(
                    $"The endpoint '{endpoint.Name}' of '{resource.Name}' cannot be used by {replicas} replicas without a proxy.");
            }

            if (endpoint.TargetPort is not null && replicas > 1)
            {
                throw new DistributedApplicationException(
                    $"The endpoint '{endpoint.Name}' of '{resource.Name}' has a fixed target port, which {replicas} replicas cannot share.");
            }

            var port = configuration.GetValue<int?>($"Ports:{resource.Name}:{endpoint.Name}") ?? (_randomize && !isDirect ? null : endpoint.Port);
            var target = endpoint.TargetPort;
            port = port is 0 ? null : port;
            endpoint.IsForwarded = !isDirect && (replicas > 1 || endpoint.IsExplicitlyProxied == true || (port is not null && target is not null && port != target));
            endpoint.AllocatedTargetPorts = endpoint.IsForwarded
                ? Enumerable.Range(0, replicas).Select(_ => target ?? freePorts.Next()).ToArray()
                : [port ?? target ?? freePorts.Next()];
            endpoint.IsFixedPort = port is not null || target is not null;
            endpoint.AllocatedEndpoint = new(
                endpoint,
                "localhost",
                endpoint.IsForwarded ? port ?? freePorts.Next() : endpoint.AllocatedTargetPorts[0],
                endpoint.AllocatedTargetPorts[0].ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    public static ReplicaPorts PortsOf(IResource resource, int replica) => new(resource, resource.Annotations.OfType<EndpointAnnotation>()
        .ToDictionary(endpoint => endpoint.Name, endpoint => endpoint.AllocatedTargetPorts![replica], StringComparer.OrdinalIgnoreCase));
}
