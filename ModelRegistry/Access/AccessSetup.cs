using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>Who may do what.</summary>
public static class AccessSetup
{
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<PolicyOptions>("Trust");
        builder.Services.AddSingleton<RegistryPolicy>();
        builder.Services.AddHostedService(s => s.GetRequiredService<RegistryPolicy>());
        builder.Services.AddHealthChecks().AddCheck<RegistryPolicy>("policy");
        builder.Services.AddSingleton<RegistryAccess>();
        return builder;
    }
}
