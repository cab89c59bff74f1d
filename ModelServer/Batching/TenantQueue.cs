namespace Zakenak.ModelServer.Batching;

/// <summary>One tenant's sequences: those that wait, how many run, and how many tokens it may still have in its turn.</summary>
internal sealed class TenantQueue(string name)
{
    // However many of higher priority come: a lower one that was passed over so often goes first.
    private const int MostPassedOver = 8;

    private readonly LinkedList<Sequence> _putBack = [];
    private readonly LinkedList<Sequence>[] _waiting = [[], [], []];
    private readonly int[] _passedOver = new int[3];

    public string Name { get; } = name;

    /// <summary>Sequences that run, in order of their tickets.</summary>
    public List<Sequence> Running { get; } = [];

    /// <summary>Tokens that it may still have decoded before it is the next one's turn; below 0 it pays for answers under way.</summary>
    public int Deficit { get; set; }

    public int WaitingCount { get; private set; }

    public bool IsIdle => WaitingCount == 0 && Running.Count == 0;

    /// <summary>Who is admitted next; null where nobody waits.</summary>
    public Sequence? Next => NextList()?.First!.Value;

    public void Add(Sequence sequence)
    {
        WaitingCount++;
        if (sequence.Ticket == 0)
        {
            _waiting[(int)sequence.Priority].AddLast(sequence);
            return;
        }

        var later = _putBack.First;
        while (later is not null && later.Value.Ticket < sequence.Ticket)
        {
            later = later.Next;
        }

        if (later is null)
        {
            _putBack.AddLast(sequence);
        }
        else
        {
            _putBack.AddBefore(later, sequence);
        }
    }

    /// <summary>Takes <see cref="Next"/> out of the queue.</summary>
    public void TakeNext()
    {
        var list = NextList()!;
        list.RemoveFirst();
        WaitingCount--;
        var taken = Array.IndexOf(_waiting, list);
        for (var level = 0; taken >= 0 && level < _waiting.Length; level++)
        {
            _passedOver[level] = level > taken && _waiting[level].Count > 0 ? _passedOver[level] + 1 : level == taken ? 0 : _passedOver[level];
        }
    }

    public void RemoveWaiting(Sequence sequence)
    {
        if (_putBack.Remove(sequence) || _waiting[(int)sequence.Priority].Remove(sequence))
        {
            WaitingCount--;
        }
    }

    /// <summary>All that wait, and of these those that have never run.</summary>
    public IEnumerable<Sequence> Waiting => _putBack.Concat(NeverRun);

    public IEnumerable<Sequence> NeverRun => _waiting.SelectMany(level => level);

    private LinkedList<Sequence>? NextList()
    {
        // Those put back have clients that read along already.
        if (_putBack.Count > 0)
        {
            return _putBack;
        }

        for (var level = _waiting.Length - 1; level > 0; level--)
        {
            if (_waiting[level].Count > 0 && _passedOver[level] >= MostPassedOver)
            {
                return _waiting[level];
            }
        }

        return Array.Find(_waiting, level => level.Count > 0);
    }
}
