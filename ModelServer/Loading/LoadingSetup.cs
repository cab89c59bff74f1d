using Zakenak.Engine;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Loading;

/// <summary>Verifies, seals and loads the model.</summary>
public static class LoadingSetup
{
    public static WebApplicationBuilder AddModelLoading(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<EngineOptions>("Engine");
        builder.Services.AddSingleton<ServedModel>();
        builder.Services.AddInstruments<ModelMetrics>();
        builder.Services.AddSingleton<FetchedFolder>();
        builder.Services.AddHostedService<ModelLoading>();
        builder.Services.AddHealthChecks().AddCheck<ModelHealthCheck>("model");
        return builder;
    }
}
