namespace Zakenak.ModelServer.Batching.Cells;

/// <summary>
/// One block of tokens after those of its parent, in cells of the KV cache. It lives as long as some sequence id holds it; a scope's root
/// has no tokens.
/// </summary>
internal sealed class PrefixNode(PrefixNode? parent, int[] tokens, object? siblings)
{
    // A node has no more children than there are sequence ids (256): a list is searched faster than a dictionary is made.
    private PrefixNode? _firstChild;
    private PrefixNode? _nextSibling;

    public PrefixNode? Parent { get; } = parent;

    /// <summary>Null where the whole scope shares it.</summary>
    public object? Siblings { get; } = siblings;

    /// <summary>Blocks from the root to this one.</summary>
    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    public bool HasChildren => _firstChild is not null;

    /// <summary>Holders that run.</summary>
    public int Running { get; set; }

    /// <summary>Holders that have ended and are kept.</summary>
    public int Cached { get; set; }

    /// <summary>Ids of all holders: any of them can be copied from.</summary>
    public IdSet Holders;

    public PrefixNode? Find(Sequence sequence, object? siblings)
    {
        for (var child = _firstChild; child is not null; child = child._nextSibling)
        {
            if (ReferenceEquals(child.Siblings, siblings) && child.Matches(sequence))
            {
                return child;
            }
        }

        return null;
    }

    public void Link()
    {
        _nextSibling = Parent!._firstChild;
        Parent._firstChild = this;
    }

    public void Unlink()
    {
        ref var link = ref Parent!._firstChild;
        while (!ReferenceEquals(link, this))
        {
            link = ref link!._nextSibling;
        }

        link = _nextSibling;
    }

    private bool Matches(Sequence sequence)
    {
        var start = (Depth - 1) * tokens.Length;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (sequence.TokenAt(start + i) != tokens[i])
            {
                return false;
            }
        }

        return true;
    }
}
