using System.Runtime.InteropServices;
using Zakenak.Engine.Attention;

namespace Zakenak.Engine.Tests.Attention;

/// <summary>Random queries, keys and values in memory of their own, each key and value row with a gap behind it, and what they come to by the definition.</summary>
internal sealed unsafe class AttentionCase : IDisposable
{
    private const int Gap = 3;

    private readonly List<nint> _memory = [];
    private readonly AttentionShape _shape;

    public AttentionCase(int rows, int cells, int heads, int keyValueHeads, int headSize, int valueSize, Random random, Func<int, int, float> mask, float spread = 1)
    {
        var (keyCell, valueCell) = ((keyValueHeads * headSize) + Gap, (keyValueHeads * valueSize) + Gap);
        _shape = new AttentionShape
        {
            Queries = (byte*)Fill<float>(heads * rows * headSize, _ => Normal(random) * spread),
            QueryRowStride = headSize * sizeof(float),
            QueryHeadStride = rows * headSize * sizeof(float),
            Keys = (byte*)Fill<Half>(cells * keyCell, _ => (Half)Normal(random)),
            KeyCellStride = keyCell * sizeof(Half),
            KeyHeadStride = headSize * sizeof(Half),
            Values = (byte*)Fill<Half>(cells * valueCell, _ => (Half)(Normal(random) * spread)),
            ValueCellStride = valueCell * sizeof(Half),
            ValueHeadStride = valueSize * sizeof(Half),
            Mask = (byte*)Fill<Half>(rows * cells, i => (Half)mask(i / cells, i % cells)),
            MaskRowStride = cells * sizeof(Half),
            Output = Fill<float>(rows * heads * valueSize, _ => float.NaN),
            Rows = rows,
            Cells = cells,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            ValueSize = valueSize,
            Scale = 1 / MathF.Sqrt(headSize),
        };
    }

    /// <summary>What the pool computes, as <c>[row, head, value]</c>.</summary>
    public float[] Computed(AttentionPool pool) => Computed(pool, _shape);

    /// <summary>The same for one row, with no other beside it.</summary>
    public float[] ComputedAlone(AttentionPool pool, int row) => Computed(pool, _shape with
    {
        Rows = 1,
        Queries = _shape.Queries + (row * _shape.QueryRowStride),
        Mask = _shape.Mask + (row * _shape.MaskRowStride),
    });

    /// <summary>softmax(Q Kᵀ · scale + mask) V in double precision; zeros for a row that sees nothing.</summary>
    public double[] Expected()
    {
        var results = new List<double>();
        for (var row = 0; row < _shape.Rows; row++)
        {
            for (var head = 0; head < _shape.Heads; head++)
                results.AddRange(Attend(row, head));
        }

        return [.. results];
    }

    public void Dispose()
    {
        foreach (var pointer in _memory)
            NativeMemory.Free((void*)pointer);
    }

    private static float[] Computed(AttentionPool pool, in AttentionShape shape)
    {
        pool.Begin(shape);
        var others = Enumerable.Range(1, pool.Threads - 1).Select(thread => Task.Run(() => pool.Work(thread))).ToArray();
        pool.Work(0);
        Task.WaitAll(others);
        pool.End();
        return new ReadOnlySpan<float>(shape.Output, shape.Rows * shape.Heads * shape.ValueSize).ToArray();
    }

    private double[] Attend(int row, int head)
    {
        var shape = _shape;
        var query = (float*)(shape.Queries + (row * shape.QueryRowStride) + (head * shape.QueryHeadStride));
        var shared = head / shape.GroupSize;
        var mask = (Half*)(shape.Mask + (row * shape.MaskRowStride));
        var scores = Enumerable.Range(0, shape.Cells).Select(cell =>
        {
            var key = (Half*)(shape.Keys + (cell * shape.KeyCellStride) + (shared * shape.KeyHeadStride));
            return (Enumerable.Range(0, shape.HeadSize).Sum(d => (double)query[d] * (double)key[d]) * shape.Scale) + (double)mask[cell];
        }).ToArray();
        var most = scores.Max();
        var weights = scores.Select(score => double.IsNegativeInfinity(most) ? 0 : Math.Exp(score - most)).ToArray();
        var sum = double.IsNegativeInfinity(most) ? 1 : weights.Sum();
        return [.. Enumerable.Range(0, shape.ValueSize).Select(d => Enumerable.Range(0, shape.Cells).Sum(cell =>
            weights[cell] * (double)((Half*)(shape.Values + (cell * shape.ValueCellStride) + (shared * shape.ValueHeadStride)))[d]) / sum)];
    }

    private T* Fill<T>(int count, Func<int, T> value) where T : unmanaged
    {
        var pointer = (T*)NativeMemory.Alloc((nuint)count, (nuint)sizeof(T));
        _memory.Add((nint)pointer);
        for (var i = 0; i < count; i++)
            pointer[i] = value(i);
        return pointer;
    }

    private static float Normal(Random random) => MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
}
