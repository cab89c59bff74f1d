using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using EmbeddedHost.Orchestration;

namespace EmbeddedHost.Projects;

/// <summary>Tells an ASP.NET Core project where to listen, for the endpoints that no variable of their own tells it.</summary>
internal static class AspNetCoreUrls
{
    public static void Set(EnvironmentCallbackContext context)
    {
        // What is published listens where its endpoints' own variables say.
        if (context.ExecutionContext.IsPublishMode)
            return;

        var endpoints = ((IResourceWithEndpoints)context.Resource).GetEndpoints()
            .Where(endpoint => endpoint.Scheme is "http" or "https" && endpoint.EndpointAnnotation.TargetPortEnvironmentVariable is null)
            .ToArray();
        if (endpoints.Length == 0 || context.EnvironmentVariables.ContainsKey("ASPNETCORE_URLS"))
            return;

        context.EnvironmentVariables["ASPNETCORE_URLS"] = string.Join(';', endpoints.Select(endpoint =>
            string.Create(CultureInfo.InvariantCulture, $"{endpoint.Scheme}://{endpoint.EndpointAnnotation.TargetHost}:{ReplicaPorts.TargetPortOf(endpoint)}")));
        if (endpoints.FirstOrDefault(endpoint => endpoint.IsHttps) is { } https)
            context.EnvironmentVariables["ASPNETCORE_HTTPS_PORT"] = https.Property(EndpointProperty.Port);
    }
}
