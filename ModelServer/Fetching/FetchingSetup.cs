using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ModelDelivery;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Trust;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Fetching;

/// <summary>The registry, and by whose word a model is taken from it.</summary>
public static class FetchingSetup
{
    public static WebApplicationBuilder AddFetching(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<ModelOptions>(ModelOptions.Section);
        builder.Services.AddValidatedOptions<TrustOptions>(TrustOptions.Section);
        builder.Services.AddValidatedOptions<RegistryOptions>(RegistryOptions.Section);
        builder.Services.AddSingleton<TrustState>();
        builder.Services.AddSingleton<ModelFetcher>();
        builder.Services.AddSingleton(CreateClient);
        builder.Services.AddSingleton<IModelSource>(s => new ModelArrival(
            s.GetRequiredService<FetchedFolder>(),
            s.HasRegistry() ? s.GetRequiredService<ModelFetcher>() : null,
            s.GetRequiredService<IOptions<ModelOptions>>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<ModelArrival>>()));
        return builder;
    }

    /// <summary>Whether this process was told of a registry.</summary>
    internal static bool HasRegistry(this IServiceProvider services) => services.GetRequiredService<IOptions<RegistryOptions>>().Value.Url is not null;

    private static RegistryClient CreateClient(IServiceProvider services)
    {
        var handler = WorkloadHttpHandler.Create(services.GetRequiredService<IWorkloadIdentity>(), ServiceNames.ModelRegistry);
        var http = new HttpClient(handler) { BaseAddress = services.GetRequiredService<IOptions<RegistryOptions>>().Value.Url };
        return new RegistryClient(http, services.GetRequiredService<TimeProvider>());
    }
}
