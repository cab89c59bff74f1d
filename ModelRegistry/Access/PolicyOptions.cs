using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>Section <c>Trust</c>: whose word counts.</summary>
public sealed class PolicyOptions
{
    /// <summary>The policy, JSON; its signature is beside it, with <c>.sig</c> after the name.</summary>
    [Mount(MountKind.File)]
    [Required]
    public string? PolicyFile { get; set; }

    /// <summary>PEM file with the public key that signs policies.</summary>
    [Mount(MountKind.File)]
    [Required]
    public string? PolicyRootFile { get; set; }

    /// <summary>How often the file is looked at for a change.</summary>
    [Range(10, 3_600_000)]
    public int PolicyReloadIntervalMs { get; set; } = 2000;
}
