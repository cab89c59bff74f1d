namespace Zakenak.ModelTrust.Gguf;

/// <summary>Where one tensor's data lies.</summary>
/// <param name="Name">At most 63 bytes of UTF-8.</param>
/// <param name="Type">Storage type.</param>
/// <param name="Dimensions">One to four, the innermost first.</param>
/// <param name="Offset">Bytes from the start of the data section.</param>
/// <param name="Length">Bytes.</param>
public sealed record GgufTensor(string Name, GgufTensorType Type, IReadOnlyList<long> Dimensions, long Offset, long Length)
{
    public long Elements => Dimensions.Aggregate(1L, (product, dimension) => product * dimension);
}
