using Microsoft.Extensions.DependencyInjection;

namespace Zakenak.ServiceDefaults;

/// <summary>Named HTTP clients for other services of the suite.</summary>
public static class WorkloadHttpClient
{
    /// <summary>A client for <c>IHttpClientFactory</c> whose connections are mutually authenticated and end at one service.</summary>
    public static IHttpClientBuilder AddWorkloadHttpClient(this IServiceCollection services, string name, string expectedService) =>
        services.AddHttpClient(name)
            .ConfigurePrimaryHttpMessageHandler(s => WorkloadHttpHandler.Create(s.GetRequiredService<IWorkloadIdentity>(), expectedService))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
}
