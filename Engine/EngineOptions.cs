using System.ComponentModel.DataAnnotations;

namespace Zakenak.Engine;

/// <summary>How a model is run.</summary>
public sealed class EngineOptions
{
    /// <summary>
    /// Compute threads. One core is left free by default: the native barriers spin, and with every core also wanted by others two threads
    /// were measured at a tenth of what one does alone.
    /// </summary>
    [Range(1, 512)]
    public int Threads { get; set; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>KV cells, shared by all sequences, in tokens; rounded up by the native library.</summary>
    [Range(64, 1 << 22)]
    public int ContextTokens { get; set; } = 8192;

    /// <summary>Most tokens decoded at once.</summary>
    [Range(1, 8192)]
    public int BatchTokens { get; set; } = 512;

    /// <summary>
    /// Sequence ids: one for each sequence that runs, and the others for prefixes that are kept. 256 is the native library's own limit; each
    /// costs it a row of logits.
    /// </summary>
    [Range(1, 256)]
    public int MaxSequences { get; set; } = 64;

    /// <summary>Where the native libraries are; by default beside the program, where the build puts them.</summary>
    public string? NativeDirectory { get; set; }
}
