using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;
using EmbeddedHost.Health;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>The resource is healthy while a GET of the path answers with the status (200). Several checks must all pass.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        var endpoint = HttpEndpointOf(builder, endpointName, "HTTP health check");
        var check = new HttpHealthCheck(endpoint, path ?? "/", statusCode ?? 200);
        return builder.Resource.Annotations.OfType<HttpHealthCheckAnnotation>().Any(annotation => annotation.Check.SameAs(check))
            ? throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' already has a health check of '{check.Path}' at its endpoint '{endpoint.EndpointName}'.")
            : builder.WithAnnotation(new HttpHealthCheckAnnotation(check));
    }

    /// <summary>A probe for the orchestrator that the application is published to; here it is a health check as well.</summary>
    [Experimental("ASPIREPROBES001", UrlFormat = "https://aka.ms/aspire/diagnostics/{0}")]
    public static IResourceBuilder<T> WithHttpProbe<T>(
        this IResourceBuilder<T> builder,
        ProbeType type,
        string? path = null,
        int? initialDelaySeconds = null,
        int? periodSeconds = null,
        int? timeoutSeconds = null,
        int? failureThreshold = null,
        int? successThreshold = null,
        string? endpointName = null)
        where T : IResourceWithEndpoints, IResourceWithProbes
    {
        ArgumentNullException.ThrowIfNull(builder);
        var endpoint = HttpEndpointOf(builder, endpointName, "HTTP probe");
        foreach (var old in builder.Resource.Annotations.OfType<ProbeAnnotation>().Where(item => item.Type == type).ToArray())
            builder.Resource.Annotations.Remove(old);

        return builder
            .WithAnnotation(new EndpointProbeAnnotation
            {
                Type = type,
                EndpointReference = endpoint,
                Path = path ?? "/",
                InitialDelaySeconds = initialDelaySeconds ?? 5,
                PeriodSeconds = periodSeconds ?? 5,
                TimeoutSeconds = timeoutSeconds ?? 1,
                FailureThreshold = failureThreshold ?? 3,
                SuccessThreshold = successThreshold ?? 1,
            })
            .WithHttpHealthCheck(path, null, endpoint.EndpointName);
    }

    private static EndpointReference HttpEndpointOf<T>(IResourceBuilder<T> builder, string? endpointName, string purpose)
        where T : IResourceWithEndpoints
    {
        string[] names = endpointName is null ? ["https", "http"] : [endpointName];
        var endpoint = names.Select(builder.Resource.GetEndpoint).FirstOrDefault(item => item.Exists)
            ?? throw new DistributedApplicationException(
                $"Could not create {purpose} for resource '{builder.Resource.Name}': it has no endpoint named {string.Join(" or ", names)}.");
        if (endpoint.Scheme is not ("http" or "https"))
        {
            throw new DistributedApplicationException(
                $"Could not create {purpose} for resource '{builder.Resource.Name}': the endpoint '{endpoint.EndpointName}' is not an HTTP endpoint.");
        }

        return endpoint;
    }
}
