namespace Zakenak.ModelServer.Batching.Cells;

/// <summary>Ids of ended sequences whose cells are kept, in order of their last use.</summary>
internal sealed class CachedPrefixes(int ids)
{
    private readonly LinkedListNode<CellHolding>?[] _byId = new LinkedListNode<CellHolding>?[ids];
    private readonly LinkedList<CellHolding> _order = [];

    /// <summary>The one that was not used for longest; null where there is none.</summary>
    public CellHolding? Oldest => _order.First?.Value;

    public void Add(CellHolding holding) => _byId[holding.Id] = _order.AddLast(holding);

    public void Remove(CellHolding holding)
    {
        _order.Remove(_byId[holding.Id]!);
        _byId[holding.Id] = null;
    }

    /// <summary>What holds this block was asked for again.</summary>
    public void Touch(PrefixNode node, long now)
    {
        if (node.Cached > 0 && Cached(node, ends: false) is { } entry)
        {
            entry.Value.LastUsed = now;
            _order.Remove(entry);
            _order.AddLast(entry);
        }
    }

    /// <summary>The one whose last block this is; null where there is none.</summary>
    public CellHolding? EndingAt(PrefixNode node) => node.Cached > 0 ? Cached(node, ends: true)?.Value : null;

    private LinkedListNode<CellHolding>? Cached(PrefixNode node, bool ends)
    {
        for (var entry = _order.First; entry is not null; entry = entry.Next)
        {
            if (ends ? entry.Value.Node == node : node.Holders.Contains(entry.Value.Id))
            {
                return entry;
            }
        }

        return null;
    }
}
