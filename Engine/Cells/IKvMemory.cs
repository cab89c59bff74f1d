namespace Zakenak.Engine.Cells;

/// <summary>The KV cells of a context, as the native library tells of them. Positions are -1 where a sequence has none.</summary>
internal interface IKvMemory
{
    bool IsClosed { get; }

    int FirstPosition(int sequence);

    int LastPosition(int sequence);

    /// <summary>False where the memory can't drop a part of a sequence.</summary>
    bool Remove(int sequence, int from, int to);

    void Copy(int source, int destination, int from, int to);
}
