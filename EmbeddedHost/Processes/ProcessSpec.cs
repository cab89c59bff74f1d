namespace EmbeddedHost.Processes;

/// <summary>A process that is to be started.</summary>
internal sealed record ProcessSpec(
    string FileName,
    IReadOnlyList<string> Arguments,
    string WorkingDirectory,
    IReadOnlyDictionary<string, string> Environment,
    TimeSpan StopGracePeriod,
    int LogLineCharacters);
