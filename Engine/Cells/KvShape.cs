using System.Globalization;

namespace Zakenak.Engine.Cells;

/// <summary>
/// What the KV cells of a model take. Linux grants more memory than there is, and llama.cpp zeroes all cells when it makes them: without
/// asking first, too long a context ends with the kernel killing the process.
/// </summary>
/// <param name="BytesPerToken">Bytes of keys and values for one token; 0 for models that keep a compressed form, which is small and not ours to know.</param>
internal sealed record KvShape(long BytesPerToken)
{
    private const int BytesPerValue = 2; // F16, the type of a cell by default

    /// <summary>From what the native library says of the model; <paramref name="metadata"/> reads a key of the file.</summary>
    public static KvShape Of(int width, int heads, int layers, int keyValueHeads, Func<string, string?> metadata)
    {
        var architecture = metadata("general.architecture");
        if (Number("kv_lora_rank") is not null)
            return new KvShape(0);

        var headWidth = width / Math.Max(1, heads);
        return new KvShape((long)layers * keyValueHeads * ((Number("key_length") ?? headWidth) + (Number("value_length") ?? headWidth)) * BytesPerValue);

        int? Number(string name) => int.TryParse(metadata($"{architecture}.attention.{name}"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>Throws <see cref="EngineException"/> if the cells need more than the machine, or the container, has in all.</summary>
    public void CheckFits(int contextTokens, long availableBytes)
    {
        var needed = BytesPerToken * contextTokens;
        if (needed > availableBytes)
        {
            throw new EngineException(
                EngineErrorCode.OutOfMemory,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A context of {contextTokens} tokens needs {needed >> 20} MiB for its KV cells; this machine has {availableBytes >> 20} MiB. Set Engine:ContextTokens lower."));
        }
    }
}
