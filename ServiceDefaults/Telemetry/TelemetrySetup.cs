using Microsoft.AspNetCore.Builder;

namespace Zakenak.ServiceDefaults;

internal static class TelemetrySetup
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        _ = builder;
    }
}
