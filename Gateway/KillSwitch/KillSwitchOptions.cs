using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.KillSwitch;

/// <summary>Section <c>KillSwitch</c>.</summary>
internal sealed class KillSwitchOptions
{
    public const string Section = "KillSwitch";

    /// <summary>JSON file of what is stopped, where there is no database: read again whenever it changes, and written by the admin API.</summary>
    [Mount(MountKind.WritableFile)]
    public string? File { get; set; }

    /// <summary>How often the file is looked at. With what it takes to read it, well below a second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:00.800")]
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromMilliseconds(250);
}
