using Microsoft.Extensions.Configuration;

namespace Zakenak.ServiceDefaults;

/// <summary>Configuration from a read-only folder with one file per key, where Kubernetes Secrets, a Vault agent and a CSI driver all put them.</summary>
internal static class SecretsDirectory
{
    public static void AddSecretsDirectory(this ConfigurationManager configuration)
    {
        var folder = configuration["Service:SecretsDirectory"] ?? ServiceOptions.DefaultSecretsDirectory;
        configuration.AddKeyPerFile(o =>
        {
            o.Optional = true;
            o.FileProvider = Directory.Exists(folder) ? new Microsoft.Extensions.FileProviders.PhysicalFileProvider(Path.GetFullPath(folder)) : null;
            o.IgnoreCondition = name => name.StartsWith('.');
        });
    }
}
