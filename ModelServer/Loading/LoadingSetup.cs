using Zakenak.Engine;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Loading;

/// <summary>Verifies, seals and loads the model.</summary>
public static class LoadingSetup
{
    public static WebApplicationBuilder AddModelLoading(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<ModelOptions>(ModelOptions.Section);
        builder.Services.AddValidatedOptions<EngineOptions>("Engine");
        builder.Services.AddSingleton<ServedModel>();
        builder.Services.AddSingleton<IModelSource, SignedFolder>();
        builder.Services.AddHostedService<ModelLoading>();
        builder.Services.AddHealthChecks().AddCheck<ModelHealthCheck>("model");
        return builder;
    }
}
