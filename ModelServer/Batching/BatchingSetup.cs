using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Batching;

/// <summary>The queue before the engine; the engine thread itself starts once a model is loaded.</summary>
public static class BatchingSetup
{
    public static WebApplicationBuilder AddBatching(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddValidatedOptions<BatchingOptions>(BatchingOptions.Section);
        builder.Services.AddSingleton<BatchingMetrics>();
        return builder;
    }
}
