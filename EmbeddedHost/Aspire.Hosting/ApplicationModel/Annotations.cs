using EmbeddedHost.Health;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>How many processes of a resource run.</summary>
public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
{
    public int Replicas { get; } = replicas;
}

/// <summary>The client address is taken from the connection, not from headers.</summary>
public sealed class DisableForwardedHeadersAnnotation : IResourceAnnotation;

/// <summary>A resource uses another one's endpoints.</summary>
public sealed class EndpointReferenceAnnotation(IResourceWithEndpoints resource) : IResourceAnnotation
{
    public IResourceWithEndpoints Resource { get; } = resource ?? throw new ArgumentNullException(nameof(resource));

    public bool UseAllEndpoints { get; set; }

    public ISet<string> EndpointNames { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
}

internal sealed class HttpHealthCheckAnnotation(HttpHealthCheck check) : IResourceAnnotation
{
    public HttpHealthCheck Check { get; } = check;
}
