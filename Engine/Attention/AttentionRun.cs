namespace Zakenak.Engine.Attention;

/// <summary>Computes attentions on one thread, with memory that grows to what the largest needs and is kept.</summary>
internal sealed unsafe class AttentionRun : IDisposable
{
    private readonly Scratch _queries = new();
    private readonly Scratch _scores = new();
    private readonly Scratch _results = new();
    private int[] _cells = [];
    private int[] _partial = [];

    /// <summary>Computes some heads of one group of rows.</summary>
    public void Compute(in AttentionShape shape, LiveCells live, (int First, int Rows) rows, int firstHead, int endHead)
    {
        var (count, partly) = live.List(rows.First, rows.Rows, ref _cells, ref _partial);
        var queries = rows.Rows * shape.GroupSize;
        if (count == 0)
        {
            for (var head = firstHead; head < endHead; head++)
            {
                for (var query = 0; query < queries; query++)
                    new Span<float>(Output(shape, rows.First, head, query), shape.ValueSize).Clear();
            }

            return;
        }

        // What the kernel reads past the end gets a weight of 0.
        for (var i = count; i < Padded(count, 4); i++)
            _cells[i] = _cells[count - 1];
        for (var head = firstHead; head < endHead; head++)
        {
            for (var query = 0; query < queries;)
            {
                var together = queries - query >= 3 ? AttentionKernel.Width : 1;
                if (together == 1)
                    One(shape, rows.First, head, query, count, _partial.AsSpan(0, partly));
                else
                    Four(shape, rows.First, head, query, Math.Min(queries - query, together), count, _partial.AsSpan(0, partly));
                query += together;
            }
        }
    }

    public void Dispose()
    {
        _queries.Dispose();
        _scores.Dispose();
        _results.Dispose();
    }

    private static int Padded(int count, int to) => (count + to - 1) / to * to;

    // A query of a group: its rows one after another, and in each the heads that share the key-value head.
    private static (int Row, int Head) Of(in AttentionShape shape, int firstRow, int keyValueHead, int query) =>
        (firstRow + (query / shape.GroupSize), (keyValueHead * shape.GroupSize) + (query % shape.GroupSize));

    private static float* Query(in AttentionShape shape, int firstRow, int keyValueHead, int query)
    {
        var (row, head) = Of(shape, firstRow, keyValueHead, query);
        return (float*)(shape.Queries + (row * shape.QueryRowStride) + (head * shape.QueryHeadStride));
    }

    private static float* Output(in AttentionShape shape, int firstRow, int keyValueHead, int query)
    {
        var (row, head) = Of(shape, firstRow, keyValueHead, query);
        return shape.Output + ((((nint)row * shape.Heads) + head) * shape.ValueSize);
    }

    private static float Masked(in AttentionShape shape, int row, int cell) =>
        (float)BitConverter.UInt16BitsToHalf(((ushort*)(shape.Mask + (row * shape.MaskRowStride)))[cell]);

    private void One(in AttentionShape shape, int firstRow, int head, int query, int count, ReadOnlySpan<int> partial)
    {
        var scaled = _queries.Of(shape.HeadSize);
        var padded = Padded(count, 16);
        var scores = _scores.Of(padded);
        AttentionKernel.Enlarge(Query(shape, firstRow, head, query), shape.HeadSize, shape.Scale, scaled);
        var cells = _cells.AsSpan(0, Padded(count, 4));
        AttentionKernel.Scores1(scaled, shape.HeadSize, shape.Keys + (head * shape.KeyHeadStride), shape.KeyCellStride, cells, scores);
        var row = Of(shape, firstRow, head, query).Row;
        foreach (var at in partial)
            scores[at] += Masked(shape, row, cells[at]);
        new Span<float>(scores + count, padded - count).Fill(float.NegativeInfinity);
        AttentionKernel.Soften(scores, padded, queries: 1);
        AttentionKernel.Weigh1(scores, shape.Values + (head * shape.ValueHeadStride), shape.ValueCellStride, cells[..count], shape.ValueSize, Output(shape, firstRow, head, query));
    }

    private void Four(in AttentionShape shape, int firstRow, int head, int query, int queries, int count, ReadOnlySpan<int> partial)
    {
        const int Width = AttentionKernel.Width;
        var scaled = _queries.Of(Width * shape.HeadSize);
        var padded = Padded(count * Width, 16);
        var scores = _scores.Of(padded);
        for (var i = 0; i < Width; i++)
            AttentionKernel.Enlarge(Query(shape, firstRow, head, query + Math.Min(i, queries - 1)), shape.HeadSize, shape.Scale, scaled + (i * shape.HeadSize));
        var cells = _cells.AsSpan(0, count);
        AttentionKernel.Scores4(scaled, shape.HeadSize, shape.Keys + (head * shape.KeyHeadStride), shape.KeyCellStride, cells, scores);
        for (var i = 0; i < Width; i++)
        {
            var row = Of(shape, firstRow, head, query + Math.Min(i, queries - 1)).Row;
            foreach (var at in partial)
                scores[(at * Width) + i] += Masked(shape, row, cells[at]);
        }

        new Span<float>(scores + (count * Width), padded - (count * Width)).Fill(float.NegativeInfinity);
        AttentionKernel.Soften(scores, padded, Width);
        var results = _results.Of(Width * shape.ValueSize);
        AttentionKernel.Weigh4(scores, shape.Values + (head * shape.ValueHeadStride), shape.ValueCellStride, cells, shape.ValueSize, results);
        for (var i = 0; i < queries; i++)
            new Span<float>(results + (i * shape.ValueSize), shape.ValueSize).CopyTo(new Span<float>(Output(shape, firstRow, head, query + i), shape.ValueSize));
    }
}
