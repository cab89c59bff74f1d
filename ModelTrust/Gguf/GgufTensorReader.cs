namespace Zakenak.ModelTrust.Gguf;

/// <summary>Reads the list of tensors and checks that their data fits into the file.</summary>
internal static class GgufTensorReader
{
    /// <summary>Name length, one byte of name, number of dimensions, one dimension, type, offset.</summary>
    public const int MinEntryBytes = 8 + 1 + 4 + 8 + 4 + 8;

    public static List<GgufTensor> Read(GgufReader reader, long count)
    {
        var tensors = new List<GgufTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (long i = 0; i < count && reader.Ok; i++)
        {
            var name = reader.ReadText("a tensor's name", GgufLimits.MaxTensorNameBytes);
            if (reader.Ok && (name.Length == 0 || name.Any(char.IsControl)))
            {
                reader.Fail("has a tensor without a proper name");
            }

            if (reader.Ok && !names.Add(name))
            {
                reader.Fail($"has the tensor '{name}' twice");
            }

            var dimensions = ReadDimensions(reader, name);
            var type = ReadType(reader, name);
            var offset = reader.ReadUInt64();
            var bytes = type is null ? 0 : Measure(reader, name, dimensions, type);
            if (reader.Ok && offset > long.MaxValue)
            {
                reader.Fail($"has the tensor '{name}' outside of the file");
            }

            if (reader.Ok)
            {
                tensors.Add(new GgufTensor(name, type!, dimensions, (long)offset, bytes));
            }
        }

        return tensors;
    }

    /// <summary>Aligned, inside the file, no two on the same bytes.</summary>
    public static void CheckPlaces(GgufReader reader, IReadOnlyList<GgufTensor> tensors, long dataOffset, long fileLength, uint alignment)
    {
        var room = fileLength - dataOffset;
        long end = 0;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Length))
        {
            if (!reader.Ok)
            {
                return;
            }

            if (tensor.Offset % alignment != 0)
            {
                reader.Fail($"has the tensor '{tensor.Name}' off the alignment of {alignment}");
            }
            else if (room < 0 || tensor.Offset > room || tensor.Length > room - tensor.Offset)
            {
                reader.Fail($"ends before the data of the tensor '{tensor.Name}' does: it is truncated, or its header is wrong");
            }
            else if (tensor.Offset < end)
            {
                reader.Fail($"has the tensor '{tensor.Name}' on bytes of another");
            }
            else
            {
                end = tensor.Offset + tensor.Length;
            }
        }
    }

    private static long[] ReadDimensions(GgufReader reader, string name)
    {
        var count = reader.ReadUInt32();
        if (reader.Ok && count is 0 or > GgufLimits.MaxDimensions)
        {
            reader.Fail($"gives the tensor '{name}' {count} dimensions; 1 to {GgufLimits.MaxDimensions} are allowed");
        }

        var dimensions = new long[reader.Ok ? count : 0];
        for (var i = 0; i < dimensions.Length; i++)
        {
            var dimension = reader.ReadUInt64();
            if (reader.Ok && dimension is 0 or > long.MaxValue)
            {
                reader.Fail($"gives the tensor '{name}' a dimension of {dimension}");
            }

            dimensions[i] = (long)dimension;
        }

        return dimensions;
    }

    private static GgufTensorType? ReadType(GgufReader reader, string name)
    {
        var id = reader.ReadUInt32();
        if (reader.Ok && !GgufTensorType.ById.ContainsKey(id))
        {
            reader.Fail($"stores the tensor '{name}' by type {id}, which the engine does not know", RefusalCodes.GgufNotSupported);
        }

        return reader.Ok ? GgufTensorType.ById[id] : null;
    }

    private static long Measure(GgufReader reader, string name, long[] dimensions, GgufTensorType type)
    {
        if (dimensions.Length == 0 || dimensions[0] % type.BlockElements != 0)
        {
            reader.Fail($"has rows in the tensor '{name}' that are no multiple of {type.Name}'s block of {type.BlockElements}");
            return 0;
        }

        Int128 elements = 1;
        foreach (var dimension in dimensions)
        {
            elements *= dimension;
            if (elements >= long.MaxValue)
            {
                break;
            }
        }

        var bytes = elements / type.BlockElements * type.BlockBytes;
        if (elements >= long.MaxValue || bytes > long.MaxValue)
        {
            reader.Fail($"has more elements in the tensor '{name}' than can be counted");
            return 0;
        }

        return (long)bytes;
    }
}
