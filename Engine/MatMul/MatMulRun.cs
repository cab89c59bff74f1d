namespace Zakenak.Engine.MatMul;

/// <summary>Computes products on one thread, with memory for four rows of weights and for the sums of a chunk of tokens.</summary>
internal sealed unsafe class MatMulRun : IDisposable
{
    private const int Width = MatMulKernel.Width;

    // So that weights and vectors of a step stay in the nearest cache.
    private const int MostColumns = 1024;
    private const int MostTokens = 64;

    private readonly Scratch _weights = new();
    private readonly Scratch _sums = new();

    /// <summary>Computes some rows of a product, from a multiple of <see cref="MatMulShape.RowStep"/> on. Throws <see cref="OutOfMemoryException"/>.</summary>
    public void Compute(in MatMulShape shape, int firstRow, int endRow)
    {
        if (shape.Tokens == 1)
        {
            for (var next = firstRow; next < endRow; next += MatMulShape.RowStep)
            {
                var row = Math.Min(next, shape.Rows - MatMulShape.RowStep);
                MatMulKernel.Dot1(shape.Weights + (row * shape.WeightStride), shape.WeightStride, shape.Columns, shape.Vector(0), shape.OutputOf(0, row));
            }

            return;
        }

        for (var token = 0; token < shape.Tokens; token += MostTokens)
        {
            for (var row = firstRow; row < endRow; row += Width)
                Rows4(shape, Math.Min(row, shape.Rows - Width), token, Math.Min(token + MostTokens, shape.Tokens));
        }
    }

    public void Dispose()
    {
        _weights.Dispose();
        _sums.Dispose();
    }

    private void Rows4(in MatMulShape shape, int row, int firstToken, int endToken)
    {
        var weights = _weights.Of(Width * Math.Min(shape.Columns, MostColumns));
        var sums = _sums.Of(MostTokens / Width * MatMulKernel.Sums4);
        for (var column = 0; column < shape.Columns; column += MostColumns)
        {
            var columns = Math.Min(shape.Columns - column, MostColumns);
            for (var i = 0; i < Width; i++)
                MatMulKernel.Widen(shape.Weights + ((row + i) * shape.WeightStride) + (column / MatMulShape.BlockColumns * MatMulShape.BlockBytes), columns, weights + (i * columns));

            var mine = sums;
            for (var token = firstToken; token < endToken; token += Width, mine += MatMulKernel.Sums4)
            {
                // What is missing of four tokens is the last one again.
                var last = endToken - 1;
                MatMulKernel.Dot4(
                    weights, columns, shape.Vector(token) + column, shape.Vector(Math.Min(token + 1, last)) + column, shape.Vector(Math.Min(token + 2, last)) + column,
                    shape.Vector(Math.Min(token + 3, last)) + column, mine, isFirst: column == 0);
            }
        }

        for (var token = firstToken; token < endToken; token++)
            MatMulKernel.Finish(sums + ((token - firstToken) * (MatMulKernel.Sums4 / Width)), shape.OutputOf(token, row));
    }
}
