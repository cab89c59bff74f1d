using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Resilience;

internal static class ResilienceSetup
{
    public static void AddResilience(this WebApplicationBuilder builder)
    {
        builder.Services.AddLiveOptions<ResilienceOptions>(ResilienceOptions.Section);
        builder.Services.AddSingleton<RetryBudget>();
        builder.Services.AddSingleton<ResilienceMetrics>();
        builder.Services.AddSingleton<ReplicaGate>();
        builder.Services.AddSingleton<ReplicaSender>();
    }
}
