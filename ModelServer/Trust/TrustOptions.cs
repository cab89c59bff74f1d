using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Trust;

/// <summary>By whose word models are served; section <c>Trust</c>.</summary>
public sealed class TrustOptions
{
    public const string Section = "Trust";

    /// <summary>The policy; its signature lies beside it as <c>.sig</c>.</summary>
    [Mount(MountKind.File)]
    [Required]
    public string PolicyFile { get; set; } = string.Empty;

    /// <summary>The public key (PEM) of the root that signs the policy. It comes from elsewhere than the policy does.</summary>
    [Mount(MountKind.File)]
    [Required]
    public string PolicyRootFile { get; set; } = string.Empty;

    /// <summary>Where the highest policy version and stage statements seen are kept; <c>trust-memory.json</c> in the model's folder unless said otherwise.</summary>
    [Mount(MountKind.WritableFile)]
    public string? MemoryFile { get; set; }
}
