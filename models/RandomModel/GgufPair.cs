using System.Text;

namespace Zakenak.RandomModel;

/// <summary>One metadata key with its value as it stands in the file.</summary>
internal sealed record GgufPair(string Key, GgufValueType Type, byte[] Value)
{
    public static GgufPair Of(string key, string value) => new(key, GgufValueType.String, Bytes(w => WriteString(w, value)));

    public static GgufPair Of(string key, uint value) => new(key, GgufValueType.UInt32, Bytes(w => w.Write(value)));

    public static GgufPair Of(string key, float value) => new(key, GgufValueType.Float32, Bytes(w => w.Write(value)));

    public static GgufPair Of(string key, bool value) => new(key, GgufValueType.Bool, Bytes(w => w.Write(value)));

    public static GgufPair OfStrings(string key, IReadOnlyList<string> values) => new(key, GgufValueType.Array, Bytes(w =>
    {
        w.Write((uint)GgufValueType.String);
        w.Write((ulong)values.Count);
        foreach (var value in values)
            WriteString(w, value);
    }));

    public static GgufPair OfInts(string key, IReadOnlyList<int> values) => new(key, GgufValueType.Array, Bytes(w =>
    {
        w.Write((uint)GgufValueType.Int32);
        w.Write((ulong)values.Count);
        foreach (var value in values)
            w.Write(value);
    }));

    public static void WriteString(BinaryWriter writer, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)utf8.Length);
        writer.Write(utf8);
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }
}
