using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.WorkloadClients;

internal static class WorkloadClientsSetup
{
    public static void AddWorkloadClients(this WebApplicationBuilder builder)
    {
        builder.Services.AddLiveOptions<WorkloadClientsOptions>(WorkloadClientsOptions.Section);
        builder.Services.AddSingleton<ClientBundles>();
        builder.Services.AddHostedService(s => s.GetRequiredService<ClientBundles>());
        builder.Services.AddSingleton<ClientCertificateHandshake>();
        builder.Services.AddSingleton<WorkloadClientDirectory>();
    }
}
