using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace EmbeddedHost.Orchestration;

/// <summary>The ports that one process of a resource listens on, by endpoint name.</summary>
internal sealed class ReplicaPorts(IResource resource, IReadOnlyDictionary<string, int> targetPorts)
{
    // While a replica's environment is made, "target port" means that replica's own port, however deep in an expression it is asked for.
    private static readonly AsyncLocal<ReplicaPorts?> _current = new();

    public int this[string endpointName] => targetPorts[endpointName];

    public IReadOnlyDictionary<string, int> All => targetPorts;

    public static int TargetPortOf(EndpointReference endpoint)
    {
        if (_current.Value is { } current && current.Owns(endpoint.Resource))
            return current[endpoint.EndpointName];

        return endpoint.EndpointAnnotation.AllocatedTargetPorts is [var first, ..]
            ? first
            : throw new DistributedApplicationException($"The endpoint `{endpoint.EndpointName}` is not allocated for the resource `{endpoint.Resource.Name}`.");
    }

    /// <summary>Makes these ports the ones that are meant until the result is disposed.</summary>
    public IDisposable Use()
    {
        var before = _current.Value;
        _current.Value = this;
        return new Restore(before);
    }

    private bool Owns(IResource other) => ReferenceEquals(resource, other);

    private sealed class Restore(ReplicaPorts? before) : IDisposable
    {
        public void Dispose() => _current.Value = before;
    }
}
