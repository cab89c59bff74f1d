using System.Runtime.InteropServices;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching.Cells;

namespace Zakenak.ModelServer.Batching;

/// <summary>
/// Decides which tokens go into the next batch; knows neither HTTP nor llama.cpp and has no clock and no lock. A step is
/// <see cref="Schedule"/>, <see cref="Operations"/> and a decode by the caller, <see cref="Decoded"/>, then <see cref="Apply"/> for each of
/// <see cref="Sampled"/>.
/// </summary>
/// <remarks>
/// A sequence is admitted when its prompt fits, not when its longest answer would. When cells run out, the youngest is put back into the
/// queue and decoded again later. That everyone ends: the oldest is never put back, fits alone, and moves on; then the next is the oldest.
/// </remarks>
public sealed class Scheduler
{
    private readonly SchedulerLimits _limits;
    private readonly StepPacer _pacer;
    private readonly CellLedger _ledger;
    private readonly TenantRing _ring;
    private readonly Admission _admission;
    private readonly List<Sequence> _running = [];
    private readonly List<Sequence> _sampled = [];
    private readonly List<Sequence> _ended = [];
    private readonly List<Sequence> _departed = [];
    private readonly int[] _waiting = new int[Enum.GetValues<Priority>().Length];
    private readonly BatchToken[] _batch;
    private int _batchCount;
    private int _wholePrompt;

    public Scheduler(SchedulerLimits limits, StepPacer pacer)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxTenantSequences, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.MaxSequences, limits.BatchTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.MaxSequences, limits.SequenceIds);
        (_limits, _pacer) = (limits, pacer);
        _batch = new BatchToken[limits.BatchTokens];
        _ledger = new CellLedger(limits.ContextTokens, limits.SequenceIds, limits.BlockTokens, limits.KeepsPrefixes);
        _ring = new TenantRing(limits.QuantumTokens);
        _admission = new Admission(limits, _ledger, _ring, _running);
    }

    /// <summary>Sequences in the queue.</summary>
    public int WaitingCount { get; private set; }

    /// <summary>Sequences that have an id, the oldest first.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    /// <summary>Cells that hold something, those of cached prefixes included; a cell that several share counts once.</summary>
    public int UsedCells => _ledger.UsedCells;

    /// <summary>Cells that hold cached prefixes only.</summary>
    public int CachedCells => _ledger.CachedCells;

    /// <summary>Tokens that were shared instead of being decoded, since the start.</summary>
    public long ReusedTokens => _ledger.ReusedTokens;

    /// <summary>Cached tokens that were given up for want of cells, since the start.</summary>
    public long EvictedTokens => _ledger.EvictedTokens;

    /// <summary>How often a sequence was put back, since the start.</summary>
    public long Preemptions { get; private set; }

    /// <summary>Answers under way in the present batch: its first tokens.</summary>
    public int BatchAnswers { get; private set; }

    /// <summary>The batch of the present step.</summary>
    public ReadOnlySpan<BatchToken> Batch => _batch.AsSpan(0, _batchCount);

    /// <summary>Sequences of the present batch that get a token by it.</summary>
    public ReadOnlySpan<Sequence> Sampled => CollectionsMarshal.AsSpan(_sampled);

    /// <summary>What the backend must do to its cells before the next decode.</summary>
    public ReadOnlySpan<CellOperation> Operations => _ledger.Operations;

    /// <summary>Sequences that ended and sequences that left the queue for good, since the caller cleared these lists.</summary>
    internal List<Sequence> Ended => _ended;

    internal List<Sequence> Departed => _departed;

    /// <summary>The backend did what <see cref="Operations"/> says.</summary>
    public void ClearOperations() => _ledger.ClearOperations();

    /// <summary>Puts a sequence into its tenant's queue. One that could never fit is the caller's mistake.</summary>
    public void Enqueue(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        ArgumentOutOfRangeException.ThrowIfZero(sequence.Prompt.Length, nameof(sequence));
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence.MaxTokens, 1, nameof(sequence));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence.MaxCells, _limits.ContextTokens, nameof(sequence));
        sequence.Queue = _ring.Get(sequence.Tenant);
        Wait(sequence);
    }

    /// <summary>Ends those that have never run and whose deadline is over.</summary>
    public void Expire(long now)
    {
        foreach (var sequence in _ring.Tenants.SelectMany(tenant => tenant.NeverRun).Where(sequence => sequence.Deadline <= now).ToList())
        {
            Remove(sequence, FinishReason.Expired);
        }
    }

    /// <summary>
    /// Admits what fits, then fills the batch: one token of each answer under way, then prompts, tenant by tenant. Empty when there is
    /// nothing to do.
    /// </summary>
    public ReadOnlySpan<BatchToken> Schedule()
    {
        while (WaitingCount > 0 && _admission.Next(PutBack) is { } next)
        {
            Admit(next);
        }

        do
        {
            Fill();
        }
        while (_batchCount == 0 && _running.Count > 1 && PutBackYoungest());

        return _batchCount > 0 || _running.Count == 0
            ? Batch
            : throw new InvalidOperationException("The only sequence that runs finds no cells, although it was checked that it fits.");
    }

    /// <summary>The batch was decoded: its cells are in use now.</summary>
    public void Decoded()
    {
        foreach (var sequence in _running)
        {
            if (sequence.BatchedTokens == 0)
            {
                continue;
            }

            _ledger.Append(sequence.Cells!, sequence, sequence.BatchedTokens);
            if (sequence.UsedCells == sequence.KnownTokens)
            {
                sequence.State = SequenceState.Decode;
            }
        }
    }

    /// <summary>The next token of a sequence of <see cref="Sampled"/>, which may be its last.</summary>
    public void Apply(Sequence sequence, int token, bool endOfGeneration)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (endOfGeneration)
        {
            Remove(sequence, FinishReason.Stop);
            return;
        }

        sequence.Add(token);
        if (sequence.AnswerTokens == sequence.MaxTokens)
        {
            Remove(sequence, FinishReason.Length);
        }
    }

    /// <summary>Ends a sequence wherever it is and gives back what it holds; does nothing to one that has ended or never came.</summary>
    public void Remove(Sequence sequence, FinishReason reason)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (sequence.State == SequenceState.Ended || sequence.Queue is null)
        {
            return;
        }

        if (sequence.State == SequenceState.Waiting)
        {
            sequence.Queue.RemoveWaiting(sequence);
            Count(sequence, -1);
            if (sequence.Ticket == 0)
            {
                _departed.Add(sequence);
            }
        }
        else
        {
            // What a failed decode left in the cells is not to be trusted.
            StopRunning(sequence, keep: reason != FinishReason.Failed);
        }

        _ring.RemoveIfIdle(sequence.Queue);
        sequence.Complete(reason);
        _ended.Add(sequence);
    }

    /// <summary>The sequences of the present batch, whose decode failed.</summary>
    public IReadOnlyList<Sequence> InBatch() => [.. _running.Where(sequence => sequence.BatchedTokens > 0)];

    /// <summary>Everything that has not ended, running first.</summary>
    public IReadOnlyList<Sequence> All() => [.. _running, .. _ring.Tenants.SelectMany(tenant => tenant.Waiting)];

    /// <summary>Sequences of one priority in the queue.</summary>
    public int CountWaiting(Priority priority) => _waiting[(int)priority];

    private void Wait(Sequence sequence)
    {
        sequence.Queue!.Add(sequence);
        Count(sequence, 1);
    }

    private void Count(Sequence sequence, int by)
    {
        WaitingCount += by;
        _waiting[(int)sequence.Priority] += by;
    }

    private void Admit(Sequence sequence)
    {
        sequence.Queue!.TakeNext();
        Count(sequence, -1);
        sequence.Cells = _ledger.Open(sequence.Sharing);
        sequence.State = SequenceState.Prefill;
        var shared = _ledger.Follow(sequence.Cells, sequence, ShareLimit(sequence));
        if (sequence.Ticket == 0)
        {
            sequence.Ticket = _admission.NextTicket();
            sequence.CachedTokens = shared;
            _departed.Add(sequence);
        }

        Insert(_running, sequence);
        Insert(sequence.Queue.Running, sequence);
    }

    private static void Insert(List<Sequence> byTicket, Sequence sequence)
    {
        var at = byTicket.Count;
        while (at > 0 && byTicket[at - 1].Ticket > sequence.Ticket)
        {
            at--;
        }

        byTicket.Insert(at, sequence);
    }

    private void StopRunning(Sequence sequence, bool keep)
    {
        _running.Remove(sequence);
        sequence.Queue!.Running.Remove(sequence);
        _ledger.Close(sequence.Cells!, keep);
        sequence.Cells = null;
    }

    /// <summary>Its cells go to the cache, where they are the first to be taken, and it waits for its turn to have them again.</summary>
    private void PutBack(Sequence sequence)
    {
        StopRunning(sequence, keep: true);
        sequence.State = SequenceState.Waiting;
        sequence.WasPutBack = true;
        Wait(sequence);
        Preemptions++;
    }

    private bool PutBackYoungest()
    {
        PutBack(_running[^1]);
        return true;
    }

    private void Fill()
    {
        (_batchCount, BatchAnswers) = (0, 0);
        _sampled.Clear();
        foreach (var sequence in _running)
        {
            (sequence.LogitsIndex, sequence.BatchedTokens) = (-1, 0);
            BatchAnswers += sequence.State == SequenceState.Decode ? 1 : 0;
        }

        while (!_ledger.MakeFree(BatchAnswers))
        {
            BatchAnswers -= _running[^1].State == SequenceState.Decode ? 1 : 0;
            PutBackYoungest();
        }

        foreach (var sequence in _running)
        {
            if (sequence.State == SequenceState.Decode)
            {
                Add(sequence);
                _ring.Charge(sequence.Queue!, 1);
            }
        }

        var most = _limits.BatchTokens - BatchAnswers;
        var budget = _pacer.PromptTokens(BatchAnswers, most);
        _wholePrompt = Math.Min(2 * budget, most);
        FillPrompts(budget);
    }

    private void FillPrompts(int budget)
    {
        // Ends: a visit decodes something, or is in vain, or gives a quantum to a tenant that had none left, which happens a few times at most.
        for (var inVain = 0; budget > 0 && inVain < _ring.Count;)
        {
            var tenant = _ring.Current!;
            if (!tenant.Running.Exists(sequence => sequence.State == SequenceState.Prefill))
            {
                inVain++;
                _ring.Rotate(spent: false);
            }
            else if (tenant.Deficit <= 0)
            {
                inVain = 0;
                _ring.Rotate(spent: true);
            }
            else if (FillPrompts(tenant, Math.Min(budget, tenant.Deficit)) is var given and > 0)
            {
                inVain = 0;
                budget -= given;
                _ring.Charge(tenant, given);
            }
            else
            {
                inVain++;
                _ring.Rotate(spent: false);
            }
        }
    }

    private int FillPrompts(TenantQueue tenant, int budget)
    {
        var before = _batchCount;
        foreach (var sequence in tenant.Running)
        {
            if (sequence.State == SequenceState.Prefill)
            {
                AddPrompt(tenant, sequence, budget - (_batchCount - before));
            }
        }

        return _batchCount - before;
    }

    private void AddPrompt(TenantQueue tenant, Sequence sequence, int budget)
    {
        var cells = sequence.Cells!;
        if (sequence.BatchedTokens == 0)
        {
            var shared = _ledger.Follow(cells, sequence, ShareLimit(sequence));
            sequence.CachedTokens += sequence.WasPutBack ? 0 : shared;
            if (ComesLater(tenant, sequence))
            {
                return;
            }
        }

        var start = cells.Used + sequence.BatchedTokens;

        // A short prompt is not cut in two for the sake of one gap: that would double the wait for its first token.
        var fitsWhole = _batchCount == BatchAnswers && start == sequence.CachedTokens && sequence.KnownTokens - start <= _wholePrompt;
        budget = fitsWhole ? _wholePrompt : budget;
        var end = start + Math.Min(Math.Min(budget, sequence.KnownTokens - start), _ledger.AvailableCells - _batchCount);

        // Whole blocks, so that whoever waits for one doesn't wait for its last tokens.
        var whole = end - (end % _limits.BlockTokens);
        end = end < sequence.KnownTokens && whole > start ? whole : end;
        if (end > start && _ledger.MakeFree(_batchCount + end - start))
        {
            while (cells.Used + sequence.BatchedTokens < end)
            {
                Add(sequence);
            }
        }
    }

    /// <summary>True if an older one of the tenant is about to decode the same block: waiting for it costs nothing, decoding it twice does.</summary>
    private bool ComesLater(TenantQueue tenant, Sequence sequence)
    {
        foreach (var older in tenant.Running)
        {
            if (older == sequence)
            {
                return false;
            }

            if (older.State == SequenceState.Prefill
                && _ledger.NextBlockIsSame(sequence.Cells!, sequence, ShareLimit(sequence), older.Cells!, older, ShareLimit(older)))
            {
                return true;
            }
        }

        return false;
    }

    // The last known token is always decoded: it is what the next token is sampled from.
    private static int ShareLimit(Sequence sequence) => sequence.KnownTokens - 1;

    private void Add(Sequence sequence)
    {
        var position = sequence.UsedCells + sequence.BatchedTokens++;
        var last = position == sequence.KnownTokens - 1;
        if (last)
        {
            sequence.LogitsIndex = _batchCount;
            _sampled.Add(sequence);
        }

        _batch[_batchCount++] = new BatchToken(sequence.TokenAt(position), position, sequence.Slot, last);
    }
}
