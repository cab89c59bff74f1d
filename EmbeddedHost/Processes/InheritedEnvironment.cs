using System.Collections;

namespace EmbeddedHost.Processes;

/// <summary>What a child gets of the host's own environment: all but what was meant for the host or for the tool that started it.</summary>
internal static class InheritedEnvironment
{
    private static readonly string[] _prefixes =
    [
        "ASPIRE_", "DOTNET_CLI_", "DOTNET_LAUNCH_PROFILE", "MSBUILD", "TESTINGPLATFORM_", "VSTEST_", "Parameters__", "EmbeddedHost__", "Ports__",
        "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORT", "DOTNET_URLS", "HTTP_PORTS", "HTTPS_PORTS", "URLS",
    ];

    public static Dictionary<string, string> Create()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (!_prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                variables[name] = (string?)variable.Value ?? string.Empty;
        }

        return variables;
    }
}
