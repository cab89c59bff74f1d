using System.Runtime.InteropServices;
using Zakenak.Engine.MatMul;

namespace Zakenak.Engine.Tests.MatMul;

/// <summary>Weights and vectors of one product, its result by definition in float64, and the computed one.</summary>
internal sealed unsafe class MatMulCase : IDisposable
{
    private readonly int _rows, _columns, _tokens;
    private readonly byte* _weights;
    private readonly float* _vectors;
    private readonly double[] _widened;

    public MatMulCase(int rows, int columns, int tokens, Random random, float scale = 0.01f)
    {
        (_rows, _columns, _tokens) = (rows, columns, tokens);
        var blocks = rows * columns / MatMulShape.BlockColumns;
        _weights = (byte*)NativeMemory.Alloc((nuint)(blocks * MatMulShape.BlockBytes));
        _vectors = (float*)NativeMemory.Alloc((nuint)(tokens * columns * sizeof(float)));
        _widened = new double[rows * columns];
        for (var block = 0; block < blocks; block++)
        {
            var at = _weights + (block * MatMulShape.BlockBytes);
            var half = (Half)(scale * (random.NextSingle() - 0.5f));
            *(Half*)at = half;
            for (var i = 0; i < MatMulShape.BlockColumns; i++)
            {
                var value = (sbyte)random.Next(-128, 128);
                at[2 + i] = (byte)value;
                _widened[(block * MatMulShape.BlockColumns) + i] = (double)half * value;
            }
        }

        for (var i = 0; i < tokens * columns; i++)
            _vectors[i] = random.NextSingle() - 0.5f;
    }

    /// <summary>[token, row], and how large the sum of the products' magnitudes is, which an error is measured by.</summary>
    public (double Sum, double Size)[] Expected()
    {
        var expected = new (double Sum, double Size)[_tokens * _rows];
        for (var i = 0; i < expected.Length; i++)
        {
            for (var column = 0; column < _columns; column++)
            {
                var product = _widened[(i % _rows * _columns) + column] * _vectors[(i / _rows * _columns) + column];
                expected[i] = (expected[i].Sum + product, expected[i].Size + Math.Abs(product));
            }
        }

        return expected;
    }

    public float[] Computed(int threads = 1) => Computed(threads, 0, _tokens);

    public float[] ComputedAlone(int token) => Computed(1, token, 1);

    public void Dispose()
    {
        NativeMemory.Free(_weights);
        NativeMemory.Free(_vectors);
    }

    private float[] Computed(int threads, int firstToken, int tokens)
    {
        var output = new float[tokens * _rows];
        Array.Fill(output, float.NaN);
        using var pool = new MatMulPool(threads);
        fixed (float* first = output)
        {
            pool.Begin(new MatMulShape
            {
                Weights = _weights,
                WeightStride = _columns / MatMulShape.BlockColumns * MatMulShape.BlockBytes,
                Vectors = (byte*)(_vectors + (firstToken * _columns)),
                VectorStride = _columns * sizeof(float),
                Output = (byte*)first,
                OutputStride = _rows * sizeof(float),
                Rows = _rows,
                Columns = _columns,
                Tokens = tokens,
            });
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, pool.Work);
            pool.End();
        }

        return output;
    }
}
