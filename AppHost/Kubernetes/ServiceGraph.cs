namespace Zakenak.AppHost.Kubernetes;

/// <summary>Who speaks to whom: whoever is told an endpoint of another uses it.</summary>
internal sealed class ServiceGraph
{
    private ServiceGraph(IReadOnlyList<Edge> edges) => Edges = edges;

    public IReadOnlyList<Edge> Edges { get; }

    /// <summary>Reads the edges off the environment of each service.</summary>
    public static ServiceGraph Of(IDistributedApplicationBuilder builder, IEnumerable<IResourceBuilder<ProjectResource>> services)
    {
        var edges = new List<Edge>();
        foreach (var service in services.Select(item => item.Resource))
        {
            var context = new EnvironmentCallbackContext(builder.ExecutionContext, service, null, CancellationToken.None);
            foreach (var annotation in service.Annotations.OfType<EnvironmentCallbackAnnotation>())
            {
                // Callbacks of a model that is published compute values and wait for nothing.
                annotation.Callback(context).GetAwaiter().GetResult();
            }

            foreach (var endpoint in context.EnvironmentVariables.Values.SelectMany(EndpointsIn).Where(endpoint => endpoint.Resource != service))
            {
                var edge = new Edge(service.Name, endpoint.Resource.Name, endpoint.TargetPort!.Value);
                if (!edges.Contains(edge))
                    edges.Add(edge);
            }
        }

        return new ServiceGraph(edges);
    }

    private static IEnumerable<EndpointReference> EndpointsIn(object value) => value switch
    {
        EndpointReference endpoint => [endpoint],
        EndpointReferenceExpression part => [part.Endpoint],
        ReferenceExpression expression => expression.ValueProviders.SelectMany(EndpointsIn),
        _ => [],
    };
}

/// <param name="From">The service that connects.</param>
/// <param name="To">The service that is connected to.</param>
/// <param name="Port">Port of its pods.</param>
internal sealed record Edge(string From, string To, int Port);
