namespace Zakenak.Engine.Attention;

/// <summary>
/// One attention over cached keys and values: where its numbers lie and how far apart. Strides are in bytes. A row is a token of the batch;
/// heads share a key-value head in groups of <c>Heads / KeyValueHeads</c>.
/// </summary>
internal unsafe struct AttentionShape
{
    /// <summary>Dimensions of a head are taken in steps of this many.</summary>
    public const int HeadStep = 64;

    /// <summary>float32 <c>[row, head, HeadSize]</c>.</summary>
    public byte* Queries;
    public nint QueryRowStride;
    public nint QueryHeadStride;

    /// <summary>float16 <c>[cell, key-value head, HeadSize]</c>.</summary>
    public byte* Keys;
    public nint KeyCellStride;
    public nint KeyHeadStride;

    /// <summary>float16 <c>[cell, key-value head, ValueSize]</c>.</summary>
    public byte* Values;
    public nint ValueCellStride;
    public nint ValueHeadStride;

    /// <summary>float16 <c>[row, cell]</c>, added to the scores: minus infinity where the row does not see the cell.</summary>
    public byte* Mask;
    public nint MaskRowStride;

    /// <summary>float32 <c>[row, head, ValueSize]</c>, without gaps.</summary>
    public float* Output;

    public int Rows;
    public int Cells;
    public int Heads;
    public int KeyValueHeads;
    public int HeadSize;
    public int ValueSize;

    /// <summary>Of the scores, before the mask is added.</summary>
    public float Scale;

    /// <summary>Query heads that share one key-value head.</summary>
    public readonly int GroupSize => Heads / KeyValueHeads;
}
