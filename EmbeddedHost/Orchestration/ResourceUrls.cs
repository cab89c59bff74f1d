using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace EmbeddedHost.Orchestration;

/// <summary>The links that are shown for a resource: one for each endpoint, changed by the model's callbacks.</summary>
internal static class ResourceUrls
{
    public static async Task<IReadOnlyList<ResourceUrlAnnotation>> OfAsync(
        IResource resource, DistributedApplicationExecutionContext executionContext, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var urls = resource is IResourceWithEndpoints withEndpoints
            ? withEndpoints.GetEndpoints().Select(endpoint => new ResourceUrlAnnotation { Url = endpoint.Url, Endpoint = endpoint }).ToList()
            : [];
        var context = new ResourceUrlsCallbackContext(executionContext, resource, urls, cancellationToken) { Logger = loggers.CreateLogger(resource.Name) };
        foreach (var annotation in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>())
            await annotation.Callback(context).ConfigureAwait(false);

        foreach (var url in context.Urls)
        {
            if (url.Endpoint is { } endpoint && url.Url.StartsWith('/'))
                url.Url = endpoint.Url + url.Url;
        }

        return context.Urls;
    }
}
