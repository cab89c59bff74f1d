using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>No change without its record.</summary>
public static class RecordingSetup
{
    public static WebApplicationBuilder AddRecording(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RegistryAudit>();
        builder.Services.AddSingleton<RegistryMetrics>();
        builder.Services.AddSingleton<VersionChanges>();
        builder.Services.AddHostedService<Reconciliation>();
        return builder;
    }

    /// <summary>Counts what the endpoints after it refuse.</summary>
    public static WebApplication UseRefusalMetrics(this WebApplication app)
    {
        var metrics = app.Services.GetRequiredService<RegistryMetrics>();
        app.Use(async (context, next) =>
        {
            await next(context).ConfigureAwait(false);
            if (context.Features.Get<Refusal>() is { } refusal)
            {
                metrics.Refused(refusal.Code);
            }
        });
        return app;
    }
}
