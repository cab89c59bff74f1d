using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.DependencyInjection;

namespace Zakenak.ServiceDefaults;

/// <summary>Reads configuration values that are secrets.</summary>
public static class SecretConfiguration
{
    /// <summary>Says that this key holds a secret: it is described as one, and refused by environment outside development.</summary>
    public static IServiceCollection AddSecret(this IServiceCollection services, string key) => services.AddSingleton(new DescribedSecret(key));

    /// <summary>The value, or null where there is none.</summary>
    /// <exception cref="StartRefusedException">Outside development it came by environment or command line, where other processes can read it.</exception>
    public static string? FindSecret(this IConfiguration configuration, string key, ServiceContext service)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(service);
        if (!service.IsDevelopment && configuration.IsExposed(key))
        {
            throw new StartRefusedException("configuration: " + Refusal(key), ExitCodes.Misconfigured);
        }

        return configuration[key] is { Length: > 0 } secret ? secret : null;
    }

    internal static bool IsExposed(this IConfiguration configuration, string key) => configuration is IConfigurationRoot root
        && root.Providers.Any(p => p is EnvironmentVariablesConfigurationProvider or CommandLineConfigurationProvider && p.TryGet(key, out var value) && value?.Length > 0);

    internal static string Refusal(string key) =>
        $"{key}: a secret may not come by environment or command line outside namespace dev. Put it into a file of the secrets folder ({key.Replace(":", "__", StringComparison.Ordinal)}).";
}
