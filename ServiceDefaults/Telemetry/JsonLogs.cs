using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Zakenak.ServiceDefaults;

/// <summary>Logs as JSON, one line each, on standard output.</summary>
internal static class JsonLogs
{
    public static void AddJsonLogs(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerProvider>(s => new JsonLogProvider(s.GetRequiredService<TimeProvider>(), new LineSink(Console.OpenStandardOutput())));
        builder.Logging.Configure(o => o.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);

        // The framework's request logs quote whole addresses, queries with login tokens included: ours are enough.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

        // Where this category may log, ASP.NET Core and HttpClient make a span for each request that nobody gets. Where spans are exported there are listeners, and they are made.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Http", LogLevel.Warning);
        builder.Logging.AddFilter("Yarp", LogLevel.Warning);

        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

        // An error for each probe of a service that is still starting; /healthz itself says what is unhealthy and why.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
    }
}
