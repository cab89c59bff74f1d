using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace Zakenak.ServiceDefaults;

/// <summary>Reads configuration values that are secrets.</summary>
public static class SecretConfiguration
{
    /// <summary>The value, or null where there is none.</summary>
    /// <exception cref="StartRefusedException">Outside development it came by environment or command line, where other processes can read it.</exception>
    public static string? FindSecret(this IConfiguration configuration, string key, ServiceContext service)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(service);
        if (!service.IsDevelopment && configuration is IConfigurationRoot root
            && root.Providers.Any(p => p is EnvironmentVariablesConfigurationProvider or CommandLineConfigurationProvider && p.TryGet(key, out var value) && value?.Length > 0))
        {
            throw new StartRefusedException(
                $"configuration: {key}: a secret may not come by environment or command line outside namespace dev. Put it into a file of the secrets folder ({key.Replace(":", "__", StringComparison.Ordinal)}).",
                ExitCodes.Misconfigured);
        }

        return configuration[key] is { Length: > 0 } secret ? secret : null;
    }
}
