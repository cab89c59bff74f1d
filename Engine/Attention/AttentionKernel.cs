using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zakenak.Engine.Attention;

/// <summary>
/// Attention of one or four queries over a list of cells, in 512-bit vectors. Keys and values are widened from float16 by shifting their
/// bits into place, which leaves them 2^112 too small; queries and weights are made larger beforehand so that no product is subnormal.
/// A query's result has the same bits alone and beside others, and whatever cells that it doesn't see stand in the list: every sum goes from
/// cell to cell in the list's order.
/// </summary>
internal static unsafe class AttentionKernel
{
    /// <summary>Queries that <see cref="Scores4"/> and <see cref="Weigh4"/> take at once; their scores lie interleaved.</summary>
    public const int Width = 4;

    // Queries are multiplied by 2^96, so scores come out 2^-16 of what they are; weights likewise.
    private const float Enlarged = 7.922816251426434e28f; // 2^96
    private const float Restore = 65536f; // 2^(112 - 96)
    private const int Ahead = 16;

    /// <summary>Copies a query, scaled for <see cref="Scores1"/> or <see cref="Scores4"/>.</summary>
    public static void Enlarge(float* query, int size, float scale, float* destination)
    {
        var factor = Vector512.Create(scale * Enlarged);
        for (var d = 0; d < size; d += 16)
            (Vector512.Load(query + d) * factor).Store(destination + d);
    }

    /// <summary>Scores of one query, four cells at a time: <paramref name="cells"/> holds a multiple of four of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scores1(float* query, int size, byte* keys, nint stride, ReadOnlySpan<int> cells, float* scores)
    {
        fixed (int* list = cells)
        {
            for (var i = 0; i < cells.Length; i += 4)
            {
                byte* k0 = keys + (list[i] * stride), k1 = keys + (list[i + 1] * stride), k2 = keys + (list[i + 2] * stride), k3 = keys + (list[i + 3] * stride);
                Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
                var ahead = list + Math.Min(i + Ahead, cells.Length - 4);
                Fetch(keys + (ahead[0] * stride), size);
                Fetch(keys + (ahead[1] * stride), size);
                Fetch(keys + (ahead[2] * stride), size);
                Fetch(keys + (ahead[3] * stride), size);
                for (var d = 0; d < size; d += 16)
                {
                    var q = Vector512.Load(query + d);
                    a0 = Vector512.FusedMultiplyAdd(Vectors.Widen(k0 + (d * 2)), q, a0);
                    a1 = Vector512.FusedMultiplyAdd(Vectors.Widen(k1 + (d * 2)), q, a1);
                    a2 = Vector512.FusedMultiplyAdd(Vectors.Widen(k2 + (d * 2)), q, a2);
                    a3 = Vector512.FusedMultiplyAdd(Vectors.Widen(k3 + (d * 2)), q, a3);
                }

                (Vectors.Sums(a0, a1, a2, a3) * Restore).Store(scores + i);
            }
        }
    }

    /// <summary>Scores of four queries that lie one after another, as <c>[cell, query]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scores4(float* queries, int size, byte* keys, nint stride, ReadOnlySpan<int> cells, float* scores)
    {
        float* q0 = queries, q1 = queries + size, q2 = queries + (2 * size), q3 = queries + (3 * size);
        fixed (int* list = cells)
        {
            for (var i = 0; i < cells.Length; i++)
            {
                var key = keys + (list[i] * stride);
                Fetch(keys + (list[Math.Min(i + Ahead, cells.Length - 1)] * stride), size);
                Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
                for (var d = 0; d < size; d += 16)
                {
                    var k = Vectors.Widen(key + (d * 2));
                    a0 = Vector512.FusedMultiplyAdd(k, Vector512.Load(q0 + d), a0);
                    a1 = Vector512.FusedMultiplyAdd(k, Vector512.Load(q1 + d), a1);
                    a2 = Vector512.FusedMultiplyAdd(k, Vector512.Load(q2 + d), a2);
                    a3 = Vector512.FusedMultiplyAdd(k, Vector512.Load(q3 + d), a3);
                }

                (Vectors.Sums(a0, a1, a2, a3) * Restore).Store(scores + (4 * i));
            }
        }
    }

    /// <summary>
    /// Turns scores into weights, in place. <paramref name="count"/> is a multiple of 16; with <paramref name="queries"/> 4 every fourth score
    /// is of the same query.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Soften(float* scores, int count, int queries)
    {
        var most = Vector512.Create(float.MinValue); // A query that sees nothing gets weights of 0, not NaN.
        for (var i = 0; i < count; i += 16)
            most = Vector512.Max(most, Vector512.Load(scores + i));
        var half = Vector256.Max(most.GetLower(), most.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        if (queries == 1)
        {
            quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
            quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(1, 0, 3, 2)));
        }

        most = Vector512.Create(Vector256.Create(quarter, quarter), Vector256.Create(quarter, quarter));
        for (var i = 0; i < count; i += 16)
            (Exp(Vector512.Load(scores + i) - most) * Enlarged).Store(scores + i);
    }

    /// <summary>The mean of the cells' values by their weights, for one query.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weigh1(float* weights, byte* values, nint stride, ReadOnlySpan<int> cells, int size, float* output)
    {
        fixed (int* list = cells)
        {
            for (var d = 0; d < size; d += AttentionShape.HeadStep)
            {
                Vector512<float> sum = default, a0 = default, a1 = default, a2 = default, a3 = default;
                for (var i = 0; i < cells.Length; i++)
                {
                    var v = values + (list[i] * stride) + (d * 2);
                    Fetch(values + (list[Math.Min(i + Ahead, cells.Length - 1)] * stride) + (d * 2), AttentionShape.HeadStep);
                    var p = Vector512.Create(weights[i]);
                    sum += p;
                    a0 = Vector512.FusedMultiplyAdd(Vectors.Widen(v), p, a0);
                    a1 = Vector512.FusedMultiplyAdd(Vectors.Widen(v + 32), p, a1);
                    a2 = Vector512.FusedMultiplyAdd(Vectors.Widen(v + 64), p, a2);
                    a3 = Vector512.FusedMultiplyAdd(Vectors.Widen(v + 96), p, a3);
                }

                Store(output + d, sum[0], a0, a1, a2, a3);
            }
        }
    }

    /// <summary>The same for four queries, whose results go to <paramref name="output"/>, one after another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weigh4(float* weights, byte* values, nint stride, ReadOnlySpan<int> cells, int size, float* output)
    {
        fixed (int* list = cells)
        {
            for (var d = 0; d < size; d += AttentionShape.HeadStep)
            {
                Vector128<float> sums = default;
                Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
                Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
                Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
                Vector512<float> e0 = default, e1 = default, e2 = default, e3 = default;
                for (var i = 0; i < cells.Length; i++)
                {
                    var v = values + (list[i] * stride) + (d * 2);
                    Fetch(values + (list[Math.Min(i + Ahead, cells.Length - 1)] * stride) + (d * 2), AttentionShape.HeadStep);
                    var weight = weights + (4 * i);
                    sums += Vector128.Load(weight);
                    Vector512<float> v0 = Vectors.Widen(v), v1 = Vectors.Widen(v + 32), v2 = Vectors.Widen(v + 64), v3 = Vectors.Widen(v + 96);
                    var p = Vector512.Create(weight[0]);
                    a0 = Vector512.FusedMultiplyAdd(v0, p, a0);
                    a1 = Vector512.FusedMultiplyAdd(v1, p, a1);
                    a2 = Vector512.FusedMultiplyAdd(v2, p, a2);
                    a3 = Vector512.FusedMultiplyAdd(v3, p, a3);
                    p = Vector512.Create(weight[1]);
                    b0 = Vector512.FusedMultiplyAdd(v0, p, b0);
                    b1 = Vector512.FusedMultiplyAdd(v1, p, b1);
                    b2 = Vector512.FusedMultiplyAdd(v2, p, b2);
                    b3 = Vector512.FusedMultiplyAdd(v3, p, b3);
                    p = Vector512.Create(weight[2]);
                    c0 = Vector512.FusedMultiplyAdd(v0, p, c0);
                    c1 = Vector512.FusedMultiplyAdd(v1, p, c1);
                    c2 = Vector512.FusedMultiplyAdd(v2, p, c2);
                    c3 = Vector512.FusedMultiplyAdd(v3, p, c3);
                    p = Vector512.Create(weight[3]);
                    e0 = Vector512.FusedMultiplyAdd(v0, p, e0);
                    e1 = Vector512.FusedMultiplyAdd(v1, p, e1);
                    e2 = Vector512.FusedMultiplyAdd(v2, p, e2);
                    e3 = Vector512.FusedMultiplyAdd(v3, p, e3);
                }

                Store(output + d, sums[0], a0, a1, a2, a3);
                Store(output + size + d, sums[1], b0, b1, b2, b3);
                Store(output + (2 * size) + d, sums[2], c0, c1, c2, c3);
                Store(output + (3 * size) + d, sums[3], e0, e1, e2, e3);
            }
        }
    }

    private static void Store(float* output, float sum, Vector512<float> a0, Vector512<float> a1, Vector512<float> a2, Vector512<float> a3)
    {
        var share = sum == 0 ? 0 : Vectors.Whole / sum;
        (a0 * share).Store(output);
        (a1 * share).Store(output + 16);
        (a2 * share).Store(output + 32);
        (a3 * share).Store(output + 48);
    }

    // A head's numbers of the cells that come next lie far apart, where the processor doesn't look for them by itself.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* halves, int size)
    {
        for (var d = 0; d < size; d += 32)
            Sse.Prefetch0(halves + (d * 2));
    }

    /// <summary>e to the power of numbers of at most 0, within 2 units in the last place; below -87 it is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x)
    {
        var isGone = Vector512.LessThan(x, Vector512.Create(-87f));
        var n = Vector512.Round(x * 1.44269504f);

        // x - n ln 2, in two parts.
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693145752f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-1.42860677e-6f), r);
        var p = Vector512.Create(1.38888889e-3f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.33333333e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.16666667e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.166666667f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        var power = Vector512.ShiftLeft(Vector512.ConvertToInt32(n) + Vector512.Create(127), 23).AsSingle();
        return Vector512.ConditionalSelect(isGone, Vector512<float>.Zero, p * power);
    }
}
