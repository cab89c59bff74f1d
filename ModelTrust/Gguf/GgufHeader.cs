using Microsoft.Win32.SafeHandles;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Gguf;

/// <summary>
/// The header of a GGUF file, read and checked in managed code before the engine sees a byte of it. Reading takes time and memory
/// bounded by <see cref="GgufLimits"/> whatever the file claims, and fails only by <c>gguf_malformed</c> or <c>gguf_not_supported</c>.
/// </summary>
public sealed class GgufHeader
{
    private const uint Magic = 0x46554747; // "GGUF", little-endian

    private GgufHeader(uint version, IReadOnlyDictionary<string, GgufValue> metadata, IReadOnlyList<GgufTensor> tensors, uint alignment, long dataOffset)
    {
        Version = version;
        Metadata = metadata;
        Tensors = tensors;
        Alignment = alignment;
        DataOffset = dataOffset;
    }

    public uint Version { get; }

    public IReadOnlyDictionary<string, GgufValue> Metadata { get; }

    public IReadOnlyList<GgufTensor> Tensors { get; }

    public uint Alignment { get; }

    /// <summary>Bytes from the start of the file to the data section.</summary>
    public long DataOffset { get; }

    /// <summary><c>general.architecture</c>, such as <c>llama</c>.</summary>
    public string? Architecture => Text("general.architecture");

    /// <summary><c>general.name</c>: what its maker calls the model; not the name it is served by.</summary>
    public string? Title => Text("general.name");

    /// <summary>Tokens the model was trained to see at once.</summary>
    public long? ContextLength => Metadata.TryGetValue($"{Architecture}.context_length", out var value) ? value.Whole : null;

    /// <summary>Kind of tokenizer, such as <c>llama</c> or <c>gpt2</c>; null where the file has none.</summary>
    public string? Tokenizer => Text("tokenizer.ggml.model");

    public long VocabularySize => Metadata.TryGetValue("tokenizer.ggml.tokens", out var value) ? value.Count : 0;

    /// <summary>Jinja source of the chat template.</summary>
    public string? ChatTemplate => Text("tokenizer.chat_template");

    /// <summary><c>general.sampling.*</c>.</summary>
    public SamplingRecommendation Sampling => SamplingRecommendation.Of(Metadata);

    public long ParameterCount
    {
        get
        {
            Int128 sum = 0;
            foreach (var tensor in Tensors)
            {
                sum += tensor.Elements;
            }

            return (long)Int128.Min(sum, long.MaxValue);
        }
    }

    /// <summary>Null where the engine can serve this file as a model on its own.</summary>
    public Refusal? RequireServable()
    {
        var problem = string.IsNullOrEmpty(Architecture) ? "does not say its architecture (general.architecture)"
            : Tensors.Count == 0 ? "has no tensors; it may be a vocabulary only"
            : Tokenizer is null || VocabularySize == 0 ? "has no tokenizer"
            : ContextLength is null or <= 0 ? $"does not say its context length ({Architecture}.context_length)"
            : Text("general.type") is { } type and not "model" ? $"is of type '{type}', not a model"
            : Metadata.TryGetValue("split.count", out var split) && split.Whole > 1 ? "is one part of several; merge them first (`llama-gguf-split --merge`)"
            : null;
        return problem is null ? null : new Refusal(RefusalCodes.ModelNotServable, $"The GGUF file {problem}. Choose a complete text model.");
    }

    public static Result<GgufHeader> Read(string path)
    {
        var opened = ModelFile.Open(path);
        if (!opened.IsSuccess)
        {
            return opened.Refusal;
        }

        using var handle = opened.Value;
        try
        {
            return Read(handle);
        }
        catch (IOException e)
        {
            return new Refusal(RefusalCodes.FileUnreadable, $"{path} can't be read: {e.Message}");
        }
    }

    /// <summary>Reads from the start of an open file, whose position is left alone.</summary>
    public static Result<GgufHeader> Read(SafeFileHandle file) => Read(new PositionedStream(file), RandomAccess.GetLength(file));

    /// <param name="stream">Read from where it is.</param>
    /// <param name="length">Bytes of the whole file.</param>
    public static Result<GgufHeader> Read(Stream stream, long length)
    {
        var reader = new GgufReader(stream, length);
        if (reader.ReadUInt32() != Magic)
        {
            reader.Fail("does not begin with 'GGUF'; it is another kind of file");
        }

        var version = reader.ReadUInt32();
        if (reader.Ok && version is not (2 or 3))
        {
            reader.Fail(
                (version & 0xFFFF) == 0 ? "is big-endian" : $"is of version {version}; 2 and 3 are known",
                RefusalCodes.GgufNotSupported);
        }

        var tensorCount = reader.ReadCount("tensors", GgufLimits.MaxTensors, GgufTensorReader.MinEntryBytes);
        var keyCount = reader.ReadCount("keys", GgufLimits.MaxKeys, GgufMetadataReader.MinEntryBytes);
        var metadata = GgufMetadataReader.Read(reader, keyCount);
        var alignment = ReadAlignment(reader, metadata);
        var tensors = GgufTensorReader.Read(reader, tensorCount);
        var dataOffset = (reader.Position + alignment - 1) / alignment * alignment;
        if (tensors.Count > 0)
        {
            GgufTensorReader.CheckPlaces(reader, tensors, dataOffset, length, alignment);
        }

        return reader.Failure is { } failure ? failure : new GgufHeader(version, metadata, tensors, alignment, dataOffset);
    }

    private static uint ReadAlignment(GgufReader reader, Dictionary<string, GgufValue> metadata)
    {
        if (!reader.Ok || !metadata.TryGetValue("general.alignment", out var value))
        {
            return GgufLimits.DefaultAlignment;
        }

        if (value is { Type: GgufValueType.U32, Whole: > 0 and <= GgufLimits.MaxAlignment and var alignment } && long.IsPow2(alignment))
        {
            return (uint)alignment;
        }

        reader.Fail($"has an alignment that is not a power of two up to {GgufLimits.MaxAlignment}");
        return GgufLimits.DefaultAlignment;
    }

    private string? Text(string key) => Metadata.TryGetValue(key, out var value) ? value.Text : null;
}
