using System.Text;

namespace Zakenak.ModelTrust.Tests.Gguf;

/// <summary>Writes small GGUF files, right ones and, by its lists being open, wrong ones.</summary>
internal sealed class GgufFile
{
    public uint Version { get; init; } = 3;

    public uint Alignment { get; init; } = 32;

    public List<(string Key, uint Type, byte[] Value)> Metadata { get; } = [];

    public List<(string Name, ulong[] Dimensions, uint Type, ulong Offset)> Tensors { get; } = [];

    public int DataBytes { get; set; }

    public ulong? TensorCount { get; init; }

    public ulong? KeyCount { get; init; }

    /// <summary>A model that the engine's rules accept: tokenizer, context length, two tensors.</summary>
    public static GgufFile Small(int dataBytes = 64)
    {
        var file = new GgufFile { DataBytes = dataBytes };
        file.Add("general.architecture", "llama");
        file.Add("general.name", "Small");
        file.Metadata.Add(("llama.context_length", 4, Bytes(512u)));
        file.Add("tokenizer.ggml.model", "gpt2");
        file.Add("tokenizer.chat_template", "{{ messages }}");
        file.Metadata.Add(("tokenizer.ggml.tokens", 9, Array(8, "a", "b", "c")));
        file.Metadata.Add(("tokenizer.ggml.token_type", 9, [.. Bytes(5u), .. Bytes(3UL), .. new byte[12]]));
        file.Metadata.Add(("general.flag", 7, [1]));
        file.Metadata.Add(("general.scale", 6, BitConverter.GetBytes(0.5f)));
        file.Tensors.Add(("token_embd.weight", [4, 2], 0, 0));
        file.Tensors.Add(("output.weight", [8], 0, 32));
        return file;
    }

    public void Add(string key, string text) => Metadata.Add((key, 8, Text(text)));

    public byte[] ToArray()
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write(TensorCount ?? (ulong)Tensors.Count);
        writer.Write(KeyCount ?? (ulong)Metadata.Count);
        foreach (var (key, type, value) in Metadata)
        {
            writer.Write(Text(key));
            writer.Write(type);
            writer.Write(value);
        }

        foreach (var (name, dimensions, type, offset) in Tensors)
        {
            writer.Write(Text(name));
            writer.Write((uint)dimensions.Length);
            foreach (var dimension in dimensions)
            {
                writer.Write(dimension);
            }

            writer.Write(type);
            writer.Write(offset);
        }

        var padding = (Alignment - (buffer.Length % Alignment)) % Alignment;
        writer.Write(new byte[padding + DataBytes]);
        return buffer.ToArray();
    }

    public static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. Bytes((ulong)bytes.Length), .. bytes];
    }

    public static byte[] Array(uint type, params string[] items) =>
        [.. Bytes(type), .. Bytes((ulong)items.Length), .. items.SelectMany(Text)];

    public static byte[] Bytes(uint value) => BitConverter.GetBytes(value);

    public static byte[] Bytes(ulong value) => BitConverter.GetBytes(value);
}
