using System.ComponentModel.DataAnnotations;

namespace Zakenak.Engine;

/// <summary>How a model is run.</summary>
public sealed class EngineOptions : IValidatableObject
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

    /// <summary>Layers computed on GPUs; by default as many as llama.cpp finds room for. More than 0 where there is no GPU stops the start.</summary>
    [Range(0, 100_000)]
    public int? GpuLayers { get; set; }

    /// <summary>The one GPU that takes all of the layers, counted from 0; by default they are split over all GPUs.</summary>
    [Range(0, 1024)]
    public int? MainGpu { get; set; }

    /// <summary>What part of the layers each GPU takes, in any unit: 3 and 1 are three quarters and one; by default as their free memory says.</summary>
    public float[]? TensorSplit { get; set; }

    /// <summary>
    /// Leaves attention and matrix products on the CPU to llama.cpp. By default ours are used where the processor (AVX-512) and the model
    /// (float16 cache, heads of a multiple of 64; q8_0 weights) allow it: its attention walks over the cells of all sequences for each
    /// token, ours over the token's own, and its products of q8_0 weights take up to half as long again.
    /// </summary>
    public bool NativeKernels { get; set; }

    /// <summary>Where the native libraries are; by default beside the program, where the build puts them.</summary>
    public string? NativeDirectory { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TensorSplit is not { Length: > 0 })
            yield break;
        if (MainGpu is not null)
            yield return new ValidationResult("MainGpu puts all layers on one GPU, TensorSplit spreads them: set one of the two.", [nameof(MainGpu), nameof(TensorSplit)]);
        if (!TensorSplit.All(share => float.IsFinite(share) && share >= 0) || TensorSplit.All(share => share == 0))
            yield return new ValidationResult("TensorSplit holds shares of 0 or more, one of them above 0.", [nameof(TensorSplit)]);
    }
}
