using System.CommandLine;
using Zakenak.ServiceDefaults;

namespace Zakenak.Cli;

/// <summary>
/// Where keys, certificates and adopted models of one installation lie: <c>--state</c>, else <c>ZAKENAK_HOME</c>, else
/// <c>.zakenak</c> at the root of the repository that the working directory is in, else in the working directory.
/// </summary>
internal static class StateDirectory
{
    public static Option<string?> CreateOption() => new("--state")
    {
        Description = "The state folder. Default: ZAKENAK_HOME, else .zakenak at the repository's root or here",
        HelpName = "DIR",
    };

    public static string Resolve(CliContext context, string? option) => DevelopmentSuite.StateFolder(option ?? context.Home, context.WorkingDirectory);
}
