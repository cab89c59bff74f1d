using System.Text;

namespace Zakenak.RandomModel;

/// <summary>Writes llama-architecture GGUF files with random weights: for load tests and for tests that need a model, not an answer.</summary>
public static class RandomModelGenerator
{
    private const int Alignment = 32;

    /// <summary>
    /// Writes the model to <paramref name="path"/>; the same arguments give the same bytes. Memory use does not grow with the model.
    /// <paramref name="progress"/> gets the fraction that is written;
    /// <paramref name="recommendedTemperature"/> is the file's advice for requests that name none; <paramref name="pooling"/> how its
    /// embeddings are made, by llama.cpp's number, 0 for a model that doesn't say. Throws <see cref="ArgumentException"/>
    /// for a shape that can't be, before it writes anything.
    /// </summary>
    public static void Write(
        string path,
        ModelShape shape,
        Tokenizer? tokenizer = null,
        WeightType type = WeightType.Q8,
        int seed = 1,
        IProgress<double>? progress = null,
        float? recommendedTemperature = null,
        uint pooling = 0)
    {
        shape.Validate();
        tokenizer ??= Tokenizer.Bytes();
        tokenizer = tokenizer.ExtendedTo(shape.Vocabulary == 0 ? tokenizer.Count : shape.Vocabulary);
        var tensors = shape.Tensors(tokenizer.Count, type);

        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        WriteHeader(writer, Metadata(shape, tokenizer, type, recommendedTemperature, pooling), tensors);
        WriteTensors(writer, tensors, tokenizer, seed, progress);
    }

    private static List<GgufPair> Metadata(ModelShape shape, Tokenizer tokenizer, WeightType type, float? recommendedTemperature, uint pooling) =>
    [
        GgufPair.Of("general.architecture", "llama"),
        GgufPair.Of("general.type", "model"),
        GgufPair.Of("general.name", shape.Name),
        GgufPair.Of("general.description", "Random weights; its answers mean nothing."),
        GgufPair.Of("general.alignment", (uint)Alignment),
        GgufPair.Of("general.file_type", type.FileType()),
        GgufPair.Of("general.quantization_version", 2u),
        GgufPair.Of("llama.vocab_size", (uint)tokenizer.Count),
        GgufPair.Of("llama.context_length", (uint)shape.ContextTokens),
        GgufPair.Of("llama.embedding_length", (uint)shape.Width),
        GgufPair.Of("llama.block_count", (uint)shape.Layers),
        GgufPair.Of("llama.feed_forward_length", (uint)shape.FeedForwardWidth),
        GgufPair.Of("llama.rope.dimension_count", (uint)shape.HeadWidth),
        GgufPair.Of("llama.attention.head_count", (uint)shape.Heads),
        GgufPair.Of("llama.attention.head_count_kv", (uint)shape.KeyValueHeads),
        GgufPair.Of("llama.attention.layer_norm_rms_epsilon", 1e-5f),
        .. pooling > 0 ? [GgufPair.Of("llama.pooling_type", pooling)] : Array.Empty<GgufPair>(),
        .. recommendedTemperature is { } temperature ? [GgufPair.Of("general.sampling.temp", temperature)] : Array.Empty<GgufPair>(),
        .. tokenizer.Others,
        GgufPair.OfStrings(Tokenizer.TokensKey, tokenizer.Tokens),
        GgufPair.OfInts(Tokenizer.TypesKey, tokenizer.Types),
    ];

    private static void WriteHeader(BinaryWriter writer, List<GgufPair> metadata, IReadOnlyList<GgufTensor> tensors)
    {
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        foreach (var pair in metadata)
        {
            GgufPair.WriteString(writer, pair.Key);
            writer.Write((uint)pair.Type);
            writer.Write(pair.Value);
        }

        long offset = 0;
        foreach (var tensor in tensors)
        {
            var isVector = tensor.Rows == 1;
            GgufPair.WriteString(writer, tensor.Name);
            writer.Write(isVector ? 1u : 2u);
            writer.Write((ulong)tensor.Width);
            if (!isVector)
                writer.Write((ulong)tensor.Rows);
            writer.Write((uint)tensor.Type);
            writer.Write((ulong)offset);
            offset = Aligned(offset + tensor.Bytes);
        }

        Pad(writer);
    }

    private static void WriteTensors(BinaryWriter writer, IReadOnlyList<GgufTensor> tensors, Tokenizer tokenizer, int seed, IProgress<double>? progress)
    {
        var total = (double)tensors.Sum(tensor => tensor.Bytes);
        long written = 0;
        for (var i = 0; i < tensors.Count; i++)
        {
            WriteTensor(writer, tensors[i], tokenizer, new WeightSource(((ulong)(uint)seed << 32) + (ulong)i + 1));
            Pad(writer);
            written += tensors[i].Bytes;
            progress?.Report(written / total);
        }
    }

    private static void WriteTensor(BinaryWriter writer, GgufTensor tensor, Tokenizer tokenizer, WeightSource source)
    {
        var row = new byte[tensor.Type.RowBytes(tensor.Width)];
        for (var i = 0; i < tensor.Rows; i++)
        {
            if (tensor.Content == WeightContent.Ones)
                System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(row.AsSpan()).Fill(1);
            else
                source.Fill(row, tensor.Width, tensor.Type);

            if (tensor.Content == WeightContent.Output && tokenizer.Types[i] != Tokenizer.NormalToken)
                Array.Clear(row);
            writer.Write(row);
        }
    }

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        for (var at = writer.BaseStream.Position; at < Aligned(at); at++)
            writer.Write((byte)0);
        writer.Flush();
    }

    private static long Aligned(long offset) => (offset + Alignment - 1) / Alignment * Alignment;
}
