using Zakenak.ServiceDefaults;

namespace Zakenak.FeatureProxy.Store;

/// <summary>Where features come from.</summary>
public static class FeatureStoreSetup
{
    /// <summary>A store in memory, filled from <c>Features:SeedFile</c>.</summary>
    public static WebApplicationBuilder AddFeatureStore(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<FeatureStoreOptions>("Features");
        builder.Services.AddSingleton<MemoryFeatureStore>();
        builder.Services.AddSingleton<IFeatureStore>(s => s.GetRequiredService<MemoryFeatureStore>());
        builder.Services.AddSingleton<SeedLoader>();
        builder.Services.AddHostedService(s => s.GetRequiredService<SeedLoader>());
        builder.Services.AddHealthChecks().AddCheck<SeedLoader>("features");
        return builder;
    }
}
