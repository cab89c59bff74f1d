using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Audit;

/// <summary>Section <c>Audit</c>.</summary>
internal sealed class AuditOptions
{
    public const string Section = "Audit";

    /// <summary>Folder of the audit log, one for each replica; its key is in a folder of this name and <c>-key</c>. Without it, no log is kept.</summary>
    [Mount(MountKind.WritableFolder)]
    public string? Directory { get; set; }

    /// <summary>Bytes after which the next file begins.</summary>
    [Range(64 * 1024, long.MaxValue)]
    public long MaxFileBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Age at which the next file begins.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "366.00:00:00")]
    public TimeSpan MaxFileAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long records gather before they are written and flushed together; 0 writes at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan CommitInterval { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Records of requests that may be under way or wait for the disk; room for each is taken before its request begins.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; set; } = 16 * 1024;

    /// <summary>What happens to requests that can't be recorded, because the disk is full for instance.</summary>
    public WhenUnrecorded WhenUnrecorded { get; set; } = WhenUnrecorded.Refuse;
}
