using System.Text;

namespace Zakenak.RandomModel;

/// <summary>Reads the metadata of a GGUF file, little-endian, versions 2 and 3.</summary>
internal sealed class GgufReader : IDisposable
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const int MaxPairs = 65_536;
    private const int MaxElements = 4_000_000;
    private const int MaxStringBytes = 16 << 20;

    private readonly BinaryReader _reader;

    public GgufReader(Stream stream) => _reader = new BinaryReader(stream, Encoding.UTF8);

    /// <summary>Everything under <c>tokenizer.</c>; throws <see cref="InvalidDataException"/> if that is not a whole tokenizer.</summary>
    public Tokenizer ReadTokenizer()
    {
        try
        {
            return ReadTokenizerOrEnd();
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("The GGUF file ends within its metadata.", e);
        }
    }

    public void Dispose() => _reader.Dispose();

    private Tokenizer ReadTokenizerOrEnd()
    {
        if (_reader.ReadUInt32() != Magic)
            throw new InvalidDataException("Not a GGUF file.");
        if (_reader.ReadUInt32() is var version and not (2 or 3))
            throw new InvalidDataException($"GGUF version {version} is not read.");
        _reader.ReadUInt64(); // tensors
        var pairs = Bounded(_reader.ReadUInt64(), MaxPairs, "metadata keys");

        List<string>? tokens = null;
        List<int>? types = null;
        var others = new List<GgufPair>();
        for (var i = 0; i < pairs; i++)
        {
            var key = ReadString();
            var type = (GgufValueType)_reader.ReadUInt32();
            if (key == Tokenizer.TokensKey)
                tokens = ReadArray(type, GgufValueType.String, ReadString);
            else if (key == Tokenizer.TypesKey)
                types = ReadArray(type, GgufValueType.Int32, _reader.ReadInt32);
            else if (key.StartsWith("tokenizer.", StringComparison.Ordinal) && key != "tokenizer.ggml.scores")
                others.Add(new GgufPair(key, type, CaptureValue(type)));
            else
                CopyValue(type, BinaryWriter.Null);
        }

        if (tokens is null)
            throw new InvalidDataException($"The GGUF file has no {Tokenizer.TokensKey}.");
        types ??= [.. Enumerable.Repeat(Tokenizer.NormalToken, tokens.Count)];
        if (types.Count != tokens.Count)
            throw new InvalidDataException($"{tokens.Count} tokens have {types.Count} types.");
        if (!others.Any(pair => pair.Key == "tokenizer.ggml.model" && Encoding.UTF8.GetString(pair.Value.AsSpan(8)) == "gpt2"))
            throw new InvalidDataException("Only byte-level BPE tokenizers (tokenizer.ggml.model = gpt2) are copied.");
        return new Tokenizer(tokens, types, others);
    }

    private List<T> ReadArray<T>(GgufValueType type, GgufValueType elementType, Func<T> read)
    {
        if (type != GgufValueType.Array || (GgufValueType)_reader.ReadUInt32() != elementType)
            throw new InvalidDataException($"An array of {elementType} was expected.");
        var count = Bounded(_reader.ReadUInt64(), MaxElements, "elements");
        var values = new List<T>();
        for (var i = 0; i < count; i++)
            values.Add(read());
        return values;
    }

    private byte[] CaptureValue(GgufValueType type)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        CopyValue(type, writer);
        writer.Flush();
        return stream.ToArray();
    }

    private void CopyValue(GgufValueType type, BinaryWriter to)
    {
        if (type == GgufValueType.String)
        {
            var length = _reader.ReadUInt64();
            to.Write(length);
            to.Write(ReadBytes(Bounded(length, MaxStringBytes, "bytes in a string")));
        }
        else if (type == GgufValueType.Array)
        {
            var elementType = (GgufValueType)_reader.ReadUInt32();
            var count = _reader.ReadUInt64();
            to.Write((uint)elementType);
            to.Write(count);
            if (elementType == GgufValueType.Array)
                throw new InvalidDataException("Arrays of arrays are not read.");
            for (var i = Bounded(count, MaxElements, "elements"); i > 0; i--)
                CopyValue(elementType, to);
        }
        else
        {
            to.Write(ReadBytes(FixedSize(type)));
        }
    }

    private static int FixedSize(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        _ => throw new InvalidDataException($"There is no GGUF type {(int)type}."),
    };

    private string ReadString() => Encoding.UTF8.GetString(ReadBytes(Bounded(_reader.ReadUInt64(), MaxStringBytes, "bytes in a string")));

    private byte[] ReadBytes(int count)
    {
        var bytes = _reader.ReadBytes(count);
        return bytes.Length == count ? bytes : throw new EndOfStreamException();
    }

    private static int Bounded(ulong value, int most, string what) =>
        value <= (ulong)most ? (int)value : throw new InvalidDataException($"The GGUF file claims {value} {what}; at most {most} are read.");
}
