namespace Zakenak.ModelServer.Batching;

/// <summary>Sequences in the queues of all tenants, counted by priority.</summary>
internal sealed class WaitingSequences(TenantRing ring)
{
    private readonly int[] _byPriority = new int[Enum.GetValues<Priority>().Length];

    public int Count { get; private set; }

    /// <summary>Sequences that left the queue for good, since the caller cleared the list; being put back doesn't bring them there again.</summary>
    public List<Sequence> Departed { get; } = [];

    public int CountOf(Priority priority) => _byPriority[(int)priority];

    public void Add(Sequence sequence)
    {
        sequence.Queue!.Add(sequence);
        Counted(sequence, 1);
    }

    /// <summary>Its tenant's next one runs.</summary>
    public void TakeNext(Sequence next)
    {
        next.Queue!.TakeNext();
        Counted(next, -1);
    }

    /// <summary>It ends without having its turn.</summary>
    public void Remove(Sequence sequence)
    {
        sequence.Queue!.RemoveWaiting(sequence);
        Counted(sequence, -1);
        if (sequence.Ticket == 0)
        {
            Departed.Add(sequence);
        }
    }

    /// <summary>Those that have never run and whose deadline is over.</summary>
    public List<Sequence> Overdue(long now) =>
        [.. ring.Tenants.SelectMany(tenant => tenant.NeverRun).Where(sequence => sequence.Deadline <= now)];

    private void Counted(Sequence sequence, int by)
    {
        Count += by;
        _byPriority[(int)sequence.Priority] += by;
    }
}
