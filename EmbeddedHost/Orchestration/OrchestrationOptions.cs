using System.ComponentModel.DataAnnotations;

namespace EmbeddedHost.Orchestration;

/// <summary>How processes are run; configuration section <c>EmbeddedHost</c>.</summary>
internal sealed class OrchestrationOptions
{
    public const string Section = "EmbeddedHost";

    /// <summary>How long a process may take to stop before its whole process group is killed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan StopGracePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Delay before the first restart; it doubles with every further one. 250 ms lets a port be released.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan FirstRestartDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan LongestRestartDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A process that ran well for so long starts over with the first delay.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan StableAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After so many failed starts in a row the failure is reported with the last log lines. Restarts go on.</summary>
    [Range(1, 1000)]
    public int FailedStartsUntilReport { get; set; } = 3;

    /// <summary>Stop everything and exit with code 1 when a resource is reported as failed before all are ready: for scripts and CI.</summary>
    public bool ExitOnStartFailure { get; set; }

    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan HealthCheckInterval { get; set; } = TimeSpan.FromSeconds(2);

    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan HealthCheckTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Log lines kept for each process.</summary>
    [Range(10, 1_000_000)]
    public int LogLines { get; set; } = 5000;

    /// <summary>Characters of log kept for each process.</summary>
    [Range(1024, 1 << 30)]
    public int LogCharacters { get; set; } = 2 * 1024 * 1024;

    /// <summary>A longer log line is cut: one line must not push out all others.</summary>
    [Range(80, 1 << 20)]
    public int LogLineCharacters { get; set; } = 8 * 1024;

    /// <summary>Show the log lines of all processes in the terminal.</summary>
    public bool Verbose { get; set; }
}
