namespace Zakenak.ModelTrust.Gguf;

/// <summary>Reads the key-value section.</summary>
internal static class GgufMetadataReader
{
    /// <summary>Key length, one byte of key, value type, one byte of value.</summary>
    public const int MinEntryBytes = 8 + 1 + 4 + 1;

    public static Dictionary<string, GgufValue> Read(GgufReader reader, long count)
    {
        var metadata = new Dictionary<string, GgufValue>(StringComparer.Ordinal);
        for (long i = 0; i < count && reader.Ok; i++)
        {
            var key = reader.ReadText("a key", GgufLimits.MaxKeyBytes);
            if (reader.Ok && (key.Length == 0 || key.Any(char.IsControl)))
            {
                reader.Fail("has a key that is empty or has control characters");
            }

            var value = ReadValue(reader, (GgufValueType)reader.ReadUInt32());
            if (reader.Ok && !metadata.TryAdd(key, value))
            {
                reader.Fail("has a key twice");
            }
        }

        return metadata;
    }

    private static GgufValue ReadValue(GgufReader reader, GgufValueType type) => type switch
    {
        GgufValueType.U8 => Number(type, reader.ReadByte()),
        GgufValueType.I8 => Number(type, (sbyte)reader.ReadByte()),
        GgufValueType.U16 => Number(type, reader.ReadUInt16()),
        GgufValueType.I16 => Number(type, (short)reader.ReadUInt16()),
        GgufValueType.U32 => Number(type, reader.ReadUInt32()),
        GgufValueType.I32 => Number(type, (int)reader.ReadUInt32()),
        GgufValueType.U64 => reader.ReadUInt64() is <= long.MaxValue and var value ? Number(type, (long)value) : new GgufValue { Type = type },
        GgufValueType.I64 => Number(type, (long)reader.ReadUInt64()),
        GgufValueType.F32 => new GgufValue { Type = type, Real = BitConverter.UInt32BitsToSingle(reader.ReadUInt32()) },
        GgufValueType.F64 => new GgufValue { Type = type, Real = BitConverter.UInt64BitsToDouble(reader.ReadUInt64()) },
        GgufValueType.Bool => ReadBool(reader),
        GgufValueType.Text => new GgufValue { Type = type, Text = reader.ReadText("a text", GgufLimits.MaxStringBytes) },
        GgufValueType.Array => ReadArray(reader, 1),
        _ => Unknown(reader, type),
    };

    private static GgufValue Number(GgufValueType type, long value) => new() { Type = type, Whole = value };

    private static GgufValue ReadBool(GgufReader reader)
    {
        var value = reader.ReadByte();
        if (value > 1)
        {
            reader.Fail("has a truth value that is neither 0 nor 1");
        }

        return Number(GgufValueType.Bool, value);
    }

    private static GgufValue Unknown(GgufReader reader, GgufValueType type)
    {
        reader.Fail($"has a value of the unknown type {(uint)type}");
        return default;
    }

    private static GgufValue ReadArray(GgufReader reader, int depth)
    {
        var type = (GgufValueType)reader.ReadUInt32();
        var size = type switch
        {
            GgufValueType.U8 or GgufValueType.I8 or GgufValueType.Bool => 1,
            GgufValueType.U16 or GgufValueType.I16 => 2,
            GgufValueType.U32 or GgufValueType.I32 or GgufValueType.F32 => 4,
            GgufValueType.U64 or GgufValueType.I64 or GgufValueType.F64 or GgufValueType.Text => 8,
            GgufValueType.Array => 12,
            _ => 0,
        };
        if (size == 0)
        {
            return Unknown(reader, type);
        }

        var count = reader.ReadCount("array elements", GgufLimits.MaxArrayElements, size);
        if (type == GgufValueType.Array && depth >= GgufLimits.MaxArrayDepth)
        {
            reader.Fail($"nests arrays deeper than {GgufLimits.MaxArrayDepth}");
        }

        if (type is not (GgufValueType.Text or GgufValueType.Array))
        {
            reader.Skip(count * size);
        }

        // Every turn takes at least its length prefix from the file, so the file's size bounds the work.
        for (long i = 0; type == GgufValueType.Text && i < count && reader.Ok; i++)
        {
            reader.Skip(reader.ReadCount("bytes of an array's text", GgufLimits.MaxStringBytes, 1));
        }

        for (long i = 0; type == GgufValueType.Array && i < count && reader.Ok; i++)
        {
            ReadArray(reader, depth + 1);
        }

        return new GgufValue { Type = GgufValueType.Array, ElementType = type, Count = count };
    }
}
