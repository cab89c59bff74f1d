namespace Zakenak.Engine.Cells;

/// <summary>The KV cells of a context by sequence: frees and shares them, and knows what may be decoded next.</summary>
internal sealed class KvCells(IKvMemory memory, int maxSequences)
{
    private const int Unseen = -1;

    private readonly int[] _next = Enumerable.Repeat(Unseen, maxSequences).ToArray();

    /// <summary>Throws unless every token exists and every sequence goes on, one position at a time, where its cells end.</summary>
    public void CheckContinues(ReadOnlySpan<BatchToken> batch, int vocabularySize)
    {
        EnsureOpen();
        _next.AsSpan().Fill(Unseen);
        for (var i = 0; i < batch.Length; i++)
        {
            ref readonly var token = ref batch[i];
            if ((uint)token.Token >= (uint)vocabularySize)
                throw new ArgumentOutOfRangeException(nameof(batch), token.Token, $"Tokens are 0 to {vocabularySize - 1}.");
            CheckSequence(token.Sequence);

            ref var next = ref _next[token.Sequence];
            if (next == Unseen)
                next = memory.LastPosition(token.Sequence) + 1;
            if (token.Position != next)
                throw new ArgumentException($"Sequence {token.Sequence} goes on at position {next}, not {token.Position}.", nameof(batch));
            next++;
        }
    }

    public void Remove(int sequence, int from, int to)
    {
        EnsureOpen();
        CheckSequence(sequence);
        if (IsEmpty(from, to))
            return;
        if (!memory.Remove(sequence, from, to))
            throw new InvalidOperationException("This model's cells can only be removed for a whole sequence.");
    }

    public void Copy(int source, int destination, int from, int to)
    {
        EnsureOpen();
        CheckSequence(source);
        CheckSequence(destination);
        if (IsEmpty(from, to))
            return;
        if (source == destination)
            throw new ArgumentException("Source and destination are the same sequence.", nameof(destination));

        var end = memory.LastPosition(source) + 1;
        if (from < Math.Max(0, memory.FirstPosition(source)) || from >= end || to > end)
            throw new ArgumentOutOfRangeException(nameof(from), $"Sequence {source} has no cells for all of [{from}, {to}).");
        // Two cells for one position would both be attended to.
        var next = memory.LastPosition(destination) + 1;
        if (from != next)
            throw new ArgumentException($"Sequence {destination} goes on at position {next}, not {from}.", nameof(destination));
        memory.Copy(source, destination, from, to);
    }

    private static bool IsEmpty(int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        if (to != -1)
            ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        return from == to;
    }

    private void CheckSequence(int sequence)
    {
        if ((uint)sequence >= (uint)maxSequences)
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"Sequences are 0 to {maxSequences - 1}.");
    }

    private void EnsureOpen() => ObjectDisposedException.ThrowIf(memory.IsClosed, memory);
}
