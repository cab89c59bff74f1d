using Aspire.Hosting;
using Microsoft.Extensions.Configuration;

namespace EmbeddedHost;

/// <summary>The command line of an AppHost: Aspire's own switches, two flags, and any configuration key.</summary>
internal static class HostCommandLine
{
    public static Dictionary<string, string> Switches { get; } = new()
    {
        ["--operation"] = "AppHost:Operation",
        ["--publisher"] = "Publishing:Publisher",
        ["--step"] = "Pipeline:Step",
        ["--output-path"] = "Pipeline:OutputPath",
    };

    /// <summary>Flags without a value: the configuration's command line would take the next argument for it.</summary>
    public static string[] Expand(string[]? args) => (args ?? []).Select(arg => arg switch
    {
        "--verbose" => "--EmbeddedHost:Verbose=true",
        "--exit-on-start-failure" => "--EmbeddedHost:ExitOnStartFailure=true",
        "--no-dashboard" => "--EmbeddedHost:DisableDashboard=true",
        _ => arg,
    }).ToArray();

    public static DistributedApplicationOperation OperationOf(IConfiguration configuration) => configuration["AppHost:Operation"]?.ToLowerInvariant() switch
    {
        null or "run" => DistributedApplicationOperation.Run,
        "publish" => DistributedApplicationOperation.Publish,
        var other => throw new DistributedApplicationException($"Invalid operation '{other}'. Valid operations are 'publish' or 'run'."),
    };
}
