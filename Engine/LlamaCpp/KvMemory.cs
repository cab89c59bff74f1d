using System.Globalization;
using System.Text;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>
/// What the KV cells of a model take. Linux grants more memory than there is, and llama.cpp zeroes all cells when it makes them: without
/// asking first, too long a context ends with the kernel killing the process.
/// </summary>
internal static unsafe class KvMemory
{
    private const int BytesPerValue = 2; // F16, the type of a cell by default

    /// <summary>Throws <see cref="EngineException"/> if the cells need more than the machine, or the container, has in all.</summary>
    public static void CheckFits(LlamaModelHandle model, int contextTokens, long availableBytes)
    {
        var needed = BytesPerToken(model) * contextTokens;
        if (needed > availableBytes)
        {
            throw new EngineException(
                EngineErrorCode.OutOfMemory,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A context of {contextTokens} tokens needs {needed >> 20} MiB for its KV cells; this machine has {availableBytes >> 20} MiB. Set Engine:ContextTokens lower."));
        }
    }

    /// <summary>Bytes of keys and values for one token; 0 for models that keep a compressed form, which is small and not ours to know.</summary>
    public static long BytesPerToken(LlamaModelHandle model)
    {
        var architecture = Text(model, "general.architecture");
        if (Number(model, $"{architecture}.attention.kv_lora_rank") is not null)
            return 0;

        var headWidth = Llama.Width(model) / Math.Max(1, Llama.Heads(model));
        var keyWidth = Number(model, $"{architecture}.attention.key_length") ?? headWidth;
        var valueWidth = Number(model, $"{architecture}.attention.value_length") ?? headWidth;
        return (long)Llama.Layers(model) * Llama.KeyValueHeads(model) * (keyWidth + valueWidth) * BytesPerValue;
    }

    private static int? Number(LlamaModelHandle model, string key) => int.TryParse(Text(model, key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Text(LlamaModelHandle model, string key)
    {
        var buffer = stackalloc byte[128];
        var length = Llama.Metadata(model, key, buffer, 128);
        return length <= 0 ? "" : Encoding.UTF8.GetString(buffer, Math.Min(length, 127));
    }
}
