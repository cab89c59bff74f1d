namespace EmbeddedHost.Processes;

/// <summary>Finds programs the way a shell does.</summary>
internal static class Executables
{
    /// <summary>Full path of a program on PATH, or null.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(folder => OperatingSystem.IsWindows() && !Path.HasExtension(name)
            ? new[] { Path.Combine(folder, name + ".exe"), Path.Combine(folder, name + ".cmd") }
            : [Path.Combine(folder, name)])
        .FirstOrDefault(File.Exists);

    /// <summary>Full path of a command that may be a name on PATH or a path relative to the working directory, or null.</summary>
    public static string? Resolve(string command, string workingDirectory)
    {
        if (!command.Contains('/', StringComparison.Ordinal) && !command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return Find(command);

        var path = Path.GetFullPath(command, workingDirectory);
        return File.Exists(path) ? path : null;
    }
}
