using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.FeatureProxy.Store;

/// <summary>Section <c>Features</c>.</summary>
public sealed class FeatureStoreOptions
{
    /// <summary>JSON file with views and rows; see <see cref="SeedFile"/>.</summary>
    [Mount(MountKind.File)]
    [Required]
    public string? SeedFile { get; set; }

    /// <summary>How often the file is looked at for a change.</summary>
    [Range(10, 3_600_000)]
    public int ReloadIntervalMs { get; set; } = 2000;
}
