using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zakenak.Engine.MatMul;

/// <summary>
/// Products of q8_0 weights with float32 vectors, in 512-bit vectors. Weights are widened to float32, which holds a byte times a float16
/// exactly, and vectors are taken as they are, so a product is more exact than one of vectors that were made bytes too, and without
/// instructions for those it is faster: one multiplication for 16 numbers. A token's result has the same bits alone and beside others: lane
/// by lane, every sum goes from column to column.
/// </summary>
internal static unsafe class MatMulKernel
{
    /// <summary>Rows, and tokens, that <see cref="Dot4"/> takes at once.</summary>
    public const int Width = 4;

    /// <summary>Numbers in which <see cref="Dot4"/> keeps its unfinished sums.</summary>
    public const int Sums4 = Width * Width * 16;

    /// <summary>Widens blocks of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* blocks, int columns, float* destination)
    {
        for (var end = destination + columns; destination < end; destination += MatMulShape.BlockColumns, blocks += MatMulShape.BlockBytes)
        {
            var scale = Scale(blocks);
            (Bytes(blocks + 2) * scale).Store(destination);
            (Bytes(blocks + 18) * scale).Store(destination + 16);
        }
    }

    /// <summary>
    /// Four rows of widened weights, which lie one after another, times four vectors: adds to <paramref name="sums"/>, which the first call
    /// of a product leaves out.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Dot4(float* weights, int columns, float* x0, float* x1, float* x2, float* x3, float* sums, bool isFirst)
    {
        float* w0 = weights, w1 = weights + columns, w2 = w1 + columns, w3 = w2 + columns;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> d0 = default, d1 = default, d2 = default, d3 = default;
        if (!isFirst)
        {
            (a0, a1, a2, a3) = (Vector512.Load(sums), Vector512.Load(sums + 16), Vector512.Load(sums + 32), Vector512.Load(sums + 48));
            (b0, b1, b2, b3) = (Vector512.Load(sums + 64), Vector512.Load(sums + 80), Vector512.Load(sums + 96), Vector512.Load(sums + 112));
            (c0, c1, c2, c3) = (Vector512.Load(sums + 128), Vector512.Load(sums + 144), Vector512.Load(sums + 160), Vector512.Load(sums + 176));
            (d0, d1, d2, d3) = (Vector512.Load(sums + 192), Vector512.Load(sums + 208), Vector512.Load(sums + 224), Vector512.Load(sums + 240));
        }

        for (nint i = 0; i < columns; i += 16)
        {
            Vector512<float> p = Vector512.Load(w0 + i), q = Vector512.Load(w1 + i), r = Vector512.Load(w2 + i), s = Vector512.Load(w3 + i);
            var x = Vector512.Load(x0 + i);
            a0 = Vector512.FusedMultiplyAdd(p, x, a0);
            a1 = Vector512.FusedMultiplyAdd(q, x, a1);
            a2 = Vector512.FusedMultiplyAdd(r, x, a2);
            a3 = Vector512.FusedMultiplyAdd(s, x, a3);
            x = Vector512.Load(x1 + i);
            b0 = Vector512.FusedMultiplyAdd(p, x, b0);
            b1 = Vector512.FusedMultiplyAdd(q, x, b1);
            b2 = Vector512.FusedMultiplyAdd(r, x, b2);
            b3 = Vector512.FusedMultiplyAdd(s, x, b3);
            x = Vector512.Load(x2 + i);
            c0 = Vector512.FusedMultiplyAdd(p, x, c0);
            c1 = Vector512.FusedMultiplyAdd(q, x, c1);
            c2 = Vector512.FusedMultiplyAdd(r, x, c2);
            c3 = Vector512.FusedMultiplyAdd(s, x, c3);
            x = Vector512.Load(x3 + i);
            d0 = Vector512.FusedMultiplyAdd(p, x, d0);
            d1 = Vector512.FusedMultiplyAdd(q, x, d1);
            d2 = Vector512.FusedMultiplyAdd(r, x, d2);
            d3 = Vector512.FusedMultiplyAdd(s, x, d3);
        }

        Store(sums, a0, a1, a2, a3);
        Store(sums + 64, b0, b1, b2, b3);
        Store(sums + 128, c0, c1, c2, c3);
        Store(sums + 192, d0, d1, d2, d3);
    }

    /// <summary>Finishes the sums of one token of <see cref="Dot4"/>: four numbers.</summary>
    public static void Finish(float* sums, float* output) =>
        Vectors.Sums(Vector512.Load(sums), Vector512.Load(sums + 16), Vector512.Load(sums + 32), Vector512.Load(sums + 48)).Store(output);

    /// <summary>Eight rows of weights times one vector: eight numbers, with the bits that <see cref="Dot4"/> gives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Dot1(byte* weights, nint stride, int columns, float* x, float* output)
    {
        byte* w0 = weights, w1 = w0 + stride, w2 = w1 + stride, w3 = w2 + stride, w4 = w3 + stride, w5 = w4 + stride, w6 = w5 + stride, w7 = w6 + stride;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        for (nint b = 0; columns > 0; columns -= MatMulShape.BlockColumns, b += MatMulShape.BlockBytes, x += MatMulShape.BlockColumns)
        {
            Vector512<float> low = Vector512.Load(x), high = Vector512.Load(x + 16);
            a0 = Add(w0 + b, low, high, a0);
            a1 = Add(w1 + b, low, high, a1);
            a2 = Add(w2 + b, low, high, a2);
            a3 = Add(w3 + b, low, high, a3);
            a4 = Add(w4 + b, low, high, a4);
            a5 = Add(w5 + b, low, high, a5);
            a6 = Add(w6 + b, low, high, a6);
            a7 = Add(w7 + b, low, high, a7);
        }

        Vectors.Sums(a0, a1, a2, a3).Store(output);
        Vectors.Sums(a4, a5, a6, a7).Store(output + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(byte* block, Vector512<float> low, Vector512<float> high, Vector512<float> sum)
    {
        var scale = Scale(block);
        return Vector512.FusedMultiplyAdd(Bytes(block + 18) * scale, high, Vector512.FusedMultiplyAdd(Bytes(block + 2) * scale, low, sum));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scale(byte* block) => Vector512.Create(Vectors.Widen(*(short*)block) * Vectors.Whole);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Bytes(byte* bytes) => Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)bytes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* sums, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        a.Store(sums);
        b.Store(sums + 16);
        c.Store(sums + 32);
        d.Store(sums + 48);
    }
}
