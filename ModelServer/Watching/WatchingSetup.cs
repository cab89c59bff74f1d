using Microsoft.Extensions.Options;
using Zakenak.ModelServer.Fetching;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Trust;

namespace Zakenak.ModelServer.Watching;

/// <summary>Asks while a model is served whether it still may be.</summary>
public static class WatchingSetup
{
    public static WebApplicationBuilder AddWatching(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<RegistryEvents>();
        builder.Services.AddSingleton<Confirmation>();
        builder.Services.AddSingleton(s => new VersionWatch(
            s.HasRegistry() ? s.GetRequiredService<RegistryEvents>() : null,
            s.GetRequiredService<ServedModel>(),
            s.GetRequiredService<TrustState>(),
            s.GetRequiredService<Confirmation>(),
            s.GetRequiredService<IOptions<RegistryOptions>>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<VersionWatch>>()));
        return builder;
    }
}
