using System.CommandLine;

namespace Zakenak.Cli;

/// <summary>
/// Where keys, certificates and adopted models of one installation lie: <c>--state</c>, else <c>ZAKENAK_HOME</c>, else
/// <c>.zakenak</c> at the root of the repository that the working directory is in, else in the working directory.
/// </summary>
internal static class StateDirectory
{
    private const string FolderName = ".zakenak";
    private const string RepositoryMark = "Zakenak.sln";

    public static Option<string?> CreateOption() => new("--state")
    {
        Description = "The state folder. Default: ZAKENAK_HOME, else .zakenak at the repository's root or here",
        HelpName = "DIR",
    };

    public static string Resolve(CliContext context, string? option)
    {
        if ((option ?? context.Home) is { Length: > 0 } chosen)
        {
            return context.Full(chosen);
        }

        return Path.Combine(RepositoryOf(context) ?? context.WorkingDirectory, FolderName);
    }

    /// <summary>The root of the repository that the working directory is in; null outside of one.</summary>
    public static string? RepositoryOf(CliContext context)
    {
        for (var directory = new DirectoryInfo(context.WorkingDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, RepositoryMark)))
            {
                return directory.FullName;
            }
        }

        return null;
    }
}
