using System.Runtime.InteropServices;

namespace Zakenak.ModelServer.Batching.Cells;

/// <summary>
/// Keeps the books of the KV cache: which sequence id holds which cells, which of them are one and the same, and which are kept only in
/// case they are asked for again. It says what the backend has to do by <see cref="Operations"/> and never asks it.
/// </summary>
/// <remarks>
/// The tree of <see cref="PrefixNode"/> mirrors what <c>seq_cp</c> makes of the cells: a block in the tree is one run of cells, held by one
/// id or by many. A block that two sequences computed at the same time stays out of the tree the second time, so the count stays exact.
/// </remarks>
internal sealed class CellLedger
{
    private readonly int _cells;
    private readonly int _block;
    private readonly bool _keeps;
    private readonly int _idleTokens;
    private readonly PrefixTree _tree;
    private readonly Stack<int> _freeIds;
    private readonly CachedPrefixes _cached;
    private readonly List<CellOperation> _operations = [];

    private long _passed;

    public CellLedger(SchedulerLimits limits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.SequenceIds, IdSet.Capacity);
        (_cells, _block, _keeps, _idleTokens) = (limits.ContextTokens, limits.BlockTokens, limits.KeepsPrefixes, limits.IdlePrefixTokens);
        _tree = new PrefixTree(_block);
        _freeIds = new Stack<int>(Enumerable.Range(0, limits.SequenceIds).Reverse());
        _cached = new CachedPrefixes(limits.SequenceIds);
    }

    /// <summary>Cells that hold something, each counted once.</summary>
    public int UsedCells { get; private set; }

    /// <summary>Of these, cells that nobody who runs holds.</summary>
    public int CachedCells { get; private set; }

    /// <summary>Cells that hold nothing.</summary>
    public int FreeCells => _cells - UsedCells;

    /// <summary>Cells that are free or can be made so without harm to a running sequence.</summary>
    public int AvailableCells => FreeCells + CachedCells;

    /// <summary>Tokens that were taken from the cache instead of being decoded, since the start.</summary>
    public long ReusedTokens { get; private set; }

    /// <summary>Cached tokens given up, for want of room or of use, since the start.</summary>
    public long EvictedTokens { get; private set; }

    /// <summary>For the backend, in order, before its next decode.</summary>
    public ReadOnlySpan<CellOperation> Operations => CollectionsMarshal.AsSpan(_operations);

    public void ClearOperations() => _operations.Clear();

    /// <summary>Gives a sequence an id; the caller sees to it that fewer run than there are ids.</summary>
    public CellHolding Open(PrefixSharing sharing)
    {
        if (_freeIds.Count == 0)
        {
            Trim(_cached.Oldest ?? throw new InvalidOperationException("More sequences run than there are ids."), untilFree: int.MaxValue);
        }

        return new CellHolding(_freeIds.Pop(), _tree.Root(sharing), sharing);
    }

    /// <summary>Shares every block that is there of the sequence's first <paramref name="limit"/> tokens, beginning where its cells end.</summary>
    public int Follow(CellHolding holding, Sequence sequence, int limit)
    {
        if (holding.PathEnded || holding.Used != holding.Node.Depth * _block)
        {
            return 0;
        }

        var node = _tree.Deepest(holding.Node, holding.Sharing, sequence, limit);
        var shared = (node.Depth * _block) - holding.Used;
        if (shared == 0)
        {
            return 0;
        }

        _operations.Add(CellOperation.Copy(node.Holders.First, holding.Id, holding.Used, node.Depth * _block));
        for (var held = node; held != holding.Node; held = held.Parent!)
        {
            if (held.Running++ == 0)
            {
                CachedCells -= _block;
            }

            held.Holders.Add(holding.Id);
        }

        (holding.Node, holding.Used) = (node, node.Depth * _block);
        ReusedTokens += shared;
        return shared;
    }

    /// <summary>How many of the first tokens a running sequence holds already: cells that the sequence would share at no cost.</summary>
    public int HeldByRunning(Sequence sequence, PrefixSharing sharing, int limit) => _tree.HeldByRunning(sequence, sharing, limit);

    /// <summary>True if the block after the holding's path can be shared and is the same one for both sequences.</summary>
    public bool NextBlockIsSame(CellHolding holding, Sequence sequence, int limit, CellHolding other, Sequence otherSequence, int otherLimit) =>
        _tree.NextBlockIsSame(holding, sequence, limit, other, otherSequence, otherLimit);

    /// <summary>Makes so many cells free at the cost of cached ones; false, and nothing is done, where that isn't enough.</summary>
    public bool MakeFree(int cells)
    {
        if (AvailableCells < cells)
        {
            return false;
        }

        while (FreeCells < cells)
        {
            Trim(_cached.Oldest!, cells);
        }

        return true;
    }

    /// <summary>So many tokens were decoded, and have passed over what is cached.</summary>
    public void Pass(int tokens) => _passed += tokens;

    /// <summary>Gives up what was not used while too many tokens passed over it.</summary>
    public void GiveUpIdle()
    {
        while (_cached.Oldest is { } oldest && _passed - oldest.LastUsed > _idleTokens)
        {
            Trim(oldest, untilFree: int.MaxValue);
        }
    }

    /// <summary>So many more tokens of the sequence were decoded: full blocks among them can be shared from now on.</summary>
    public void Append(CellHolding holding, Sequence sequence, int count)
    {
        UsedCells += count;
        holding.Used += count;
        _tree.Grow(holding, sequence);
    }

    /// <summary>So many guessed tokens were decoded after the known ones: their cells are in use until each is accepted or all are rejected.</summary>
    public void Draft(CellHolding holding, int count)
    {
        UsedCells += count;
        holding.Drafted = count;
    }

    /// <summary>The first guessed token is what the sequence went on with: its cell holds a known token now.</summary>
    public void AcceptDraft(CellHolding holding, Sequence sequence)
    {
        UsedCells--;
        holding.Drafted--;
        Append(holding, sequence, 1);
    }

    /// <summary>Gives back the cells of guessed tokens that are left.</summary>
    public void RejectDraft(CellHolding holding)
    {
        if (holding.Drafted > 0)
        {
            _operations.Add(CellOperation.Remove(holding.Id, holding.Used));
            UsedCells -= holding.Drafted;
            holding.Drafted = 0;
        }
    }

    /// <summary>The sequence doesn't run any more; with <paramref name="keep"/> what others may share stays as long as there is room.</summary>
    public void Close(CellHolding holding, bool keep)
    {
        RejectDraft(holding);

        // Blocks of one request's siblings are of no use to anybody after it.
        var end = holding.Node;
        while (end.Siblings is not null)
        {
            end = end.Parent!;
        }

        // Another cached id holds all of it, or it has nothing to keep.
        var kept = keep && _keeps && end is { Parent: not null, Cached: 0 };
        if (!kept)
        {
            _cached.Touch(end, _passed);
            end = Root(end);
        }

        UsedCells -= holding.Used - (holding.Node.Depth * _block);
        if (holding.Used > end.Depth * _block)
        {
            _operations.Add(CellOperation.Remove(holding.Id, end.Depth * _block));
        }

        for (var node = holding.Node; node != end; node = node.Parent!)
        {
            node.Holders.Remove(holding.Id);
            if (--node.Running == 0)
            {
                Release(node);
            }
        }

        (holding.Node, holding.Used) = (end, end.Depth * _block);
        if (kept)
        {
            Keep(holding);
        }
        else
        {
            Forget(holding);
        }
    }

    private static PrefixNode Root(PrefixNode node)
    {
        while (node.Parent is { } parent)
        {
            node = parent;
        }

        return node;
    }

    // From here on the id is cached: its blocks are held by it as such, and entries that end within them have become useless.
    private void Keep(CellHolding holding)
    {
        for (var node = holding.Node; node.Parent is { } parent; node = parent)
        {
            node.Cached++;
            if (--node.Running == 0)
            {
                CachedCells += _block;
            }
        }

        for (var node = holding.Node; node is not null; node = node.Parent)
        {
            if (_cached.EndingAt(node) is { } shorter)
            {
                Trim(shorter, untilFree: int.MaxValue);
            }
        }

        holding.LastUsed = _passed;
        _cached.Add(holding);
    }

    /// <summary>Gives up blocks of a cached id from its end, until so many cells are free or nothing of it is left.</summary>
    private void Trim(CellHolding holding, int untilFree)
    {
        var before = UsedCells;
        do
        {
            var node = holding.Node;
            holding.Node = node.Parent!;
            node.Holders.Remove(holding.Id);
            if (--node.Cached == 0 && node.Running == 0)
            {
                CachedCells -= _block;
                Release(node);
            }
        }
        while (holding.Node.Parent is not null && holding.Node.Cached == 1 && FreeCells < untilFree);

        // What another cached id holds anyway isn't worth an id of its own.
        if (holding.Node.Parent is not null && holding.Node.Cached > 1)
        {
            var end = holding.Node;
            holding.Node = Root(end);
            for (var node = end; node.Parent is not null; node = node.Parent)
            {
                node.Holders.Remove(holding.Id);
                node.Cached--;
            }
        }

        holding.Used = holding.Node.Depth * _block;
        _operations.Add(CellOperation.Remove(holding.Id, holding.Used));
        EvictedTokens += before - UsedCells;
        if (holding.Used == 0)
        {
            _cached.Remove(holding);
            Forget(holding);
        }
    }

    private void Release(PrefixNode node)
    {
        if (node.Cached == 0)
        {
            UsedCells -= _block;
            node.Unlink();
        }
        else
        {
            CachedCells += _block;
        }
    }

    private void Forget(CellHolding holding)
    {
        _freeIds.Push(holding.Id);
        _tree.RemoveIfEmpty(holding.Node, holding.Sharing);
    }
}
