using System.ComponentModel.DataAnnotations;

namespace Zakenak.Gateway.Screening;

/// <summary>Section <c>Screening</c>.</summary>
internal sealed class ScreeningOptions
{
    public const string Section = "Screening";

    /// <summary>Largest request body in bytes.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Deepest nesting of objects and arrays in a body; what the model server takes, for schemas nest.</summary>
    [Range(4, 256)]
    public int MaxDepth { get; set; } = 64;

    /// <summary>How long a client may take to send its body.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
