namespace Zakenak.Services.Tests.ModelServer;

/// <summary>KV cells as llama.cpp keeps them, with what it would assert thrown: each holds a token, and sequences share them.</summary>
internal sealed class FakeCells(int capacity, int sequences)
{
    private readonly Dictionary<int, List<Cell>> _bySequence = [];
    private int _used;

    /// <summary>Cells that some sequence holds, each counted once. May be read from any thread.</summary>
    public int Used => Volatile.Read(ref _used);

    public IReadOnlyList<Cell> Of(int sequence) => _bySequence.GetValueOrDefault(sequence) ?? [];

    /// <param name="sequence">Whose next token.</param>
    /// <param name="position">Where it stands.</param>
    /// <param name="token">The token.</param>
    /// <param name="writer">Who had it decoded, for tests that look.</param>
    public void Write(int sequence, int position, int token, object? writer = null)
    {
        Check(sequence >= 0 && sequence < sequences, $"sequence {sequence}");
        var cells = _bySequence.TryGetValue(sequence, out var known) ? known : _bySequence[sequence] = [];
        Check(position == cells.Count, $"position {position} of sequence {sequence} after {cells.Count} cells");
        Check(Used < capacity, "no free cell");
        cells.Add(new Cell(token, writer) { Holders = 1 });
        Volatile.Write(ref _used, _used + 1);
    }

    public void Remove(int sequence, int from, int to)
    {
        Check(sequence >= 0 && sequence < sequences && from >= 0 && to == -1, $"removal of {from} to {to} of sequence {sequence}");
        var cells = _bySequence.GetValueOrDefault(sequence) ?? [];
        Check(from <= cells.Count, $"removal from {from} of {cells.Count} cells");
        foreach (var cell in cells[from..])
        {
            Volatile.Write(ref _used, _used - (--cell.Holders == 0 ? 1 : 0));
        }

        cells.RemoveRange(from, cells.Count - from);
    }

    public void Copy(int source, int destination, int from, int to)
    {
        Check(source != destination && destination >= 0 && destination < sequences, $"copy from sequence {source} to {destination}");
        var cells = _bySequence.GetValueOrDefault(source) ?? [];
        var copies = _bySequence.TryGetValue(destination, out var known) ? known : _bySequence[destination] = [];
        Check(from >= 0 && from < to && to <= cells.Count, $"copy of {from} to {to} of {cells.Count} cells");
        Check(from == copies.Count, $"copy from {from} on to a sequence of {copies.Count} cells");
        foreach (var cell in cells[from..to])
        {
            cell.Holders++;
            copies.Add(cell);
        }
    }

    private static void Check(bool sound, string what)
    {
        if (!sound)
        {
            throw new InvalidOperationException($"The backend was misused: {what}.");
        }
    }

    internal sealed class Cell(int token, object? writer)
    {
        public int Token { get; } = token;

        public object? Writer { get; } = writer;

        public int Holders { get; set; }
    }
}
