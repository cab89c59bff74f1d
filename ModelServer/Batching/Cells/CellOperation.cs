namespace Zakenak.ModelServer.Batching.Cells;

/// <summary>What the backend must do to its KV cells before the next decode. The order of operations counts.</summary>
/// <param name="Sequence">Whose cells.</param>
/// <param name="Source">The sequence whose cells are shared with it; -1 where cells are removed.</param>
/// <param name="From">First position.</param>
/// <param name="To">Position after the last; -1 for all that follow.</param>
public readonly record struct CellOperation(int Sequence, int Source, int From, int To)
{
    /// <summary>True where cells are shared, false where they are removed.</summary>
    public bool IsCopy => Source >= 0;

    internal static CellOperation Copy(int source, int sequence, int from, int to) => new(sequence, source, from, to);

    internal static CellOperation Remove(int sequence, int from) => new(sequence, -1, from, -1);
}
