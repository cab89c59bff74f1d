namespace Zakenak.Engine.MatMul;

/// <summary>
/// One product of weights with the vectors of a batch, <c>output[token, row] = Σ weights[row, column] · vectors[token, column]</c>: where its
/// numbers lie and how far apart. Strides are in bytes.
/// </summary>
internal unsafe struct MatMulShape
{
    /// <summary>Rows are taken in steps of this many; the last step may go over rows of the one before it again.</summary>
    public const int RowStep = 8;

    /// <summary>Columns of a block of weights, which share a scale.</summary>
    public const int BlockColumns = 32;

    /// <summary>Bytes of a block: the scale in float16, then a signed byte for each column (ggml's <c>block_q8_0</c>).</summary>
    public const int BlockBytes = 2 + BlockColumns;

    /// <summary>Blocks <c>[row, column / 32]</c>.</summary>
    public byte* Weights;
    public nint WeightStride;

    /// <summary>float32 <c>[token, column]</c>.</summary>
    public byte* Vectors;
    public nint VectorStride;

    /// <summary>float32 <c>[token, row]</c>.</summary>
    public byte* Output;
    public nint OutputStride;

    /// <summary>At least <see cref="RowStep"/>.</summary>
    public int Rows;

    /// <summary>A multiple of <see cref="BlockColumns"/>.</summary>
    public int Columns;

    public int Tokens;

    public readonly float* Vector(int token) => (float*)(Vectors + (token * VectorStride));

    public readonly float* OutputOf(int token, int row) => (float*)(Output + (token * OutputStride)) + row;
}
