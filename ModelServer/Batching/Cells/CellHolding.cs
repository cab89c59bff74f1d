namespace Zakenak.ModelServer.Batching.Cells;

/// <summary>What one sequence id holds: a path of blocks from its scope's root, and cells of its own after it.</summary>
internal sealed class CellHolding(int id, PrefixNode root, PrefixSharing sharing)
{
    public int Id { get; } = id;

    public PrefixSharing Sharing { get; } = sharing;

    /// <summary>Last block of the path.</summary>
    public PrefixNode Node { get; set; } = root;

    /// <summary>Cells in use: the position of the next token.</summary>
    public int Used { get; set; }

    /// <summary>Cells after these that hold guessed tokens; none between steps.</summary>
    public int Drafted { get; set; }

    /// <summary>Once it is cached: how many tokens had been decoded in all when it was last asked for.</summary>
    public long LastUsed { get; set; }

    /// <summary>Once a block can't be shared, none that follows can.</summary>
    public bool PathEnded { get; set; }
}
