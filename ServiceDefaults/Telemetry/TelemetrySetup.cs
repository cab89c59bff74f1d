using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Zakenak.ServiceDefaults;

internal static class TelemetrySetup
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddMetrics();
        builder.Services.AddSecret(TelemetryProviders.HeadersKey);
        builder.Services.AddSingleton<TelemetryProviders>();
        builder.Services.AddHostedService(s => s.GetRequiredService<TelemetryProviders>());
        builder.Services.AddSingleton<IStartupFilter, ServerSpan>();
    }
}
