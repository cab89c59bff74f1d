using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>Section <c>ApiKeys</c>.</summary>
internal sealed class ApiKeysOptions
{
    public const string Section = "ApiKeys";

    /// <summary>JSON file of hashed keys; read again whenever it changes.</summary>
    [Mount(MountKind.SecretFile)]
    public string? File { get; set; }

    /// <summary>Development only: file with the key of tenant <c>dev</c> in plain text, made at first run.</summary>
    [Mount(MountKind.WritableFile)]
    public string? DevelopmentKeyFile { get; set; }

    /// <summary>How often the file is looked at for changes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(1);
}
