using System.ComponentModel.DataAnnotations;

namespace Zakenak.ModelServer.Completions;

/// <summary>Bounds of one request; section <c>Completions</c>.</summary>
public sealed class CompletionsOptions
{
    public const string Section = "Completions";

    /// <summary>Largest body, in bytes.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Longest answer of a request that names no bound, in tokens; shorter where the context or the grant has less left.</summary>
    [Range(1, 1_000_000)]
    public int DefaultMaxTokens { get; set; } = 1024;

    /// <summary>Whether a parameter that isn't known is refused; else it is ignored and named in a header of the answer.</summary>
    public bool RefuseUnknownParameters { get; set; }
}
