using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace EmbeddedHost.Publishing.Kubernetes;

/// <summary>What the model's values are in a cluster: addresses of services, and what Helm fills in.</summary>
internal static class PublishedValues
{
    /// <summary>Text, which may hold Helm expressions.</summary>
    public static string TextOf(object value, IResource user) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        EndpointReference endpoint => Part(endpoint, EndpointProperty.Url),
        EndpointReferenceExpression part => Part(part.Endpoint, part.Property),
        ParameterResource parameter => HelmNames.ValueOf(parameter.Secret ? HelmNames.Secrets : HelmNames.Config, user.Name, parameter.Name),
        IResourceBuilder<ParameterResource> parameter => TextOf(parameter.Resource, user),
        ReferenceExpression expression => string.Format(
            CultureInfo.InvariantCulture, expression.Format, [.. expression.ValueProviders.Select(provider => TextOf(provider, user))]),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => throw Unpublishable(user.Name, $"a value of type {value.GetType().Name} has no form in a cluster", "use text, an endpoint, a parameter or an expression of these"),
    };

    public static int TargetPortOf(EndpointReference endpoint) => endpoint.EndpointAnnotation.TargetPort
        ?? throw Unpublishable(endpoint.Resource.Name, $"its endpoint '{endpoint.EndpointName}' has no port", "give it one when publishing: WithHttpsEndpoint(port: 443, targetPort: 8443)");

    /// <summary>The port of the service, which others connect to.</summary>
    public static int PortOf(EndpointReference endpoint) => endpoint.EndpointAnnotation.Port ?? TargetPortOf(endpoint);

    public static DistributedApplicationException Unpublishable(string resource, string fault, string fix) =>
        new($"The resource '{resource}' cannot be published: {fault}. To fix it, {fix}.");

    private static string Part(EndpointReference endpoint, EndpointProperty property) => property switch
    {
        EndpointProperty.Url => string.Create(CultureInfo.InvariantCulture, $"{endpoint.Scheme}://{HelmNames.ServiceOf(endpoint.Resource.Name)}:{PortOf(endpoint)}"),
        EndpointProperty.Host or EndpointProperty.IPV4Host => HelmNames.ServiceOf(endpoint.Resource.Name),
        EndpointProperty.Port => PortOf(endpoint).ToString(CultureInfo.InvariantCulture),
        EndpointProperty.HostAndPort => string.Create(CultureInfo.InvariantCulture, $"{HelmNames.ServiceOf(endpoint.Resource.Name)}:{PortOf(endpoint)}"),
        EndpointProperty.TargetPort => TargetPortOf(endpoint).ToString(CultureInfo.InvariantCulture),
        EndpointProperty.Scheme => endpoint.Scheme,
        _ => throw new InvalidOperationException($"The property '{property}' is not supported for the endpoint '{endpoint.EndpointName}'."),
    };
}
