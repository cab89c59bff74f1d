using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>What a cluster adds: service-account tokens as proof, and the roots in a ConfigMap.</summary>
public static class KubernetesSetup
{
    public static void AddKubernetes(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<KubernetesOptions>(KubernetesOptions.Section).Validate<ServiceContext, IConfiguration>(
            (_, service, configuration) => !service.IsDevelopment || !configuration.GetSection(KubernetesOptions.Section).Exists(),
            $"{KubernetesOptions.Section}: namespace {ServiceContext.DevelopmentNamespace} is for a laptop, where no API server is asked; name the cluster's namespace in Service:Namespace.");
        builder.Services.AddSingleton<ApiServerClient>();
        builder.Services.AddSingleton<BundlePublisher>();
        builder.Services.AddHostedService(s => s.GetRequiredService<BundlePublisher>());
        builder.Services.AddHealthChecks().AddCheck<BundlePublisher>("trust_bundle");
    }
}
