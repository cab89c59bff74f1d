namespace Zakenak.ModelServer.Batching.Cells;

/// <summary>The blocks of all scopes by what is in them: which are there, and whether two sequences are about to make the same one.</summary>
internal sealed class PrefixTree(int blockTokens)
{
    private readonly Dictionary<string, PrefixNode> _roots = new(StringComparer.Ordinal);

    /// <summary>Where a scope's sequences begin.</summary>
    public PrefixNode Root(PrefixSharing sharing)
    {
        if (!_roots.TryGetValue(sharing.Scope, out var root))
        {
            _roots[sharing.Scope] = root = new PrefixNode(null, [], null);
        }

        return root;
    }

    /// <summary>Nobody of the scope holds anything: it is forgotten.</summary>
    public void RemoveIfEmpty(PrefixNode root, PrefixSharing sharing)
    {
        if (!root.HasChildren)
        {
            _roots.Remove(sharing.Scope);
        }
    }

    /// <summary>The last block from <paramref name="node"/> on that is there of the sequence's first <paramref name="limit"/> tokens.</summary>
    public PrefixNode Deepest(PrefixNode node, PrefixSharing sharing, Sequence sequence, int limit)
    {
        while (Child(node, sharing, sequence, limit) is { } child)
        {
            node = child;
        }

        return node;
    }

    /// <summary>How many of the first tokens a running sequence holds already.</summary>
    public int HeldByRunning(Sequence sequence, PrefixSharing sharing, int limit)
    {
        var node = _roots.GetValueOrDefault(sharing.Scope);
        var held = 0;
        while (node is not null && Child(node, sharing, sequence, limit) is { Running: > 0 } child)
        {
            (node, held) = (child, child.Depth * blockTokens);
        }

        return held;
    }

    /// <summary>True if the block after the holding's path can be shared and is the same one for both sequences.</summary>
    public bool NextBlockIsSame(CellHolding holding, Sequence sequence, int limit, CellHolding other, Sequence otherSequence, int otherLimit)
    {
        var (start, end) = (holding.Node.Depth * blockTokens, (holding.Node.Depth + 1) * blockTokens);
        if (holding.PathEnded || other.PathEnded || holding.Node != other.Node || end > limit || end > otherLimit
            || !TryLevel(holding.Sharing, end, out var siblings) || !TryLevel(other.Sharing, end, out var otherSiblings) || siblings != otherSiblings)
        {
            return false;
        }

        for (var i = start; i < end; i++)
        {
            if (sequence.TokenAt(i) != otherSequence.TokenAt(i))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Adds the blocks that the holding's cells have filled; where one can't be shared, its path ends.</summary>
    public void Grow(CellHolding holding, Sequence sequence)
    {
        while (!holding.PathEnded && (holding.Node.Depth + 1) * blockTokens is var end && end <= holding.Used)
        {
            if (!TryLevel(holding.Sharing, end, out var siblings) || holding.Node.Find(sequence, siblings) is not null)
            {
                holding.PathEnded = true;
                return;
            }

            var tokens = new int[blockTokens];
            for (var i = 0; i < blockTokens; i++)
            {
                tokens[i] = sequence.TokenAt(end - blockTokens + i);
            }

            holding.Node = new PrefixNode(holding.Node, tokens, siblings) { Running = 1 };
            holding.Node.Holders.Add(holding.Id);
            holding.Node.Link();
        }
    }

    private static bool TryLevel(PrefixSharing sharing, int end, out object? siblings)
    {
        siblings = end <= sharing.SharedTokens ? null : sharing.Siblings;
        return end <= sharing.SharedTokens || siblings is not null;
    }

    private PrefixNode? Child(PrefixNode node, PrefixSharing sharing, Sequence sequence, int limit)
    {
        var end = (node.Depth + 1) * blockTokens;
        return end <= limit && TryLevel(sharing, end, out var siblings) ? node.Find(sequence, siblings) : null;
    }
}
