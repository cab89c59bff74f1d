using System.ComponentModel.DataAnnotations;

namespace Zakenak.ModelServer.Loading;

/// <summary>Which model this process serves; section <c>Model</c>.</summary>
public sealed class ModelOptions
{
    public const string Section = "Model";

    /// <summary>Folder with one <c>.gguf</c> and its <c>model.sig</c>.</summary>
    [Required]
    public string Directory { get; set; } = string.Empty;

    /// <summary>The name that the signed content must carry, e.g. <c>guide</c>.</summary>
    [Required, RegularExpression("[^:]+", ErrorMessage = "{0} must not contain a colon.")]
    public string Name { get; set; } = string.Empty;

    /// <summary>The version that the signed content must carry, e.g. <c>v1</c>.</summary>
    [Required, RegularExpression("[^:]+", ErrorMessage = "{0} must not contain a colon.")]
    public string Version { get; set; } = string.Empty;

    /// <summary>Folder of <c>*.pem</c> public keys that may sign this model. There is no other: an empty folder refuses every model.</summary>
    [Required]
    public string SignersDirectory { get; set; } = string.Empty;
}
