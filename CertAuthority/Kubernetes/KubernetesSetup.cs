using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>What a cluster adds: service-account tokens as proof, and the roots in a ConfigMap.</summary>
public static class KubernetesSetup
{
    public static void AddKubernetes(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<KubernetesOptions>(KubernetesOptions.Section).Validate<IOptions<EnrollmentKeyOptions>, IConfiguration>(
            (_, keys, configuration) => keys.Value.AsksApiServer || !configuration.GetSection(KubernetesOptions.Section).Exists(),
            $"{KubernetesOptions.Section}: no API server is asked where CertAuthority:EnrollmentKeyFile or CertAuthority:EnrollmentKeysDirectory is set; take the one or the other away.");
        builder.Services.AddSingleton<ApiServerClient>();
        builder.Services.AddSingleton<BundlePublisher>();
        builder.Services.AddHostedService(s => s.GetRequiredService<BundlePublisher>());
        builder.Services.AddHealthChecks().AddCheck<BundlePublisher>("trust_bundle");
    }
}
