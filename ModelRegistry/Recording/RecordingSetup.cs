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

    /// <summary>Answers where the store fails, and counts what the endpoints after it refuse.</summary>
    public static WebApplication UseRefusals(this WebApplication app)
    {
        var metrics = app.Services.GetRequiredService<RegistryMetrics>();
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(RecordingSetup).FullName!);
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e)
            {
                Log.ReadFailed(logger, e);
                await context.RefuseAsync(RegistryRefusals.StoreUnavailable).ConfigureAwait(false);
            }

            if (context.Features.Get<Refusal>() is { } refusal)
            {
                metrics.Refused(refusal.Code);
            }
        });
        return app;
    }
}
