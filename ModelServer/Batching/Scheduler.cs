using Zakenak.Engine;
using Zakenak.ModelServer.Batching.Cells;

namespace Zakenak.ModelServer.Batching;

/// <summary>
/// Decides which tokens go into the next batch; knows neither HTTP nor llama.cpp and has no clock and no lock. A step is
/// <see cref="Schedule"/>, <see cref="Operations"/> and a decode by the caller, <see cref="Decoded"/>, then <see cref="Apply"/> for each of
/// <see cref="Sampled"/>, for as long as it says so.
/// </summary>
/// <remarks>
/// A sequence is admitted when its prompt fits, not when its longest answer would. When cells run out, the youngest is put back into the
/// queue and decoded again later. That everyone ends: the oldest is never put back, fits alone, and moves on; then the next is the oldest.
/// </remarks>
public sealed class Scheduler
{
    private readonly SchedulerLimits _limits;
    private readonly CellLedger _ledger;
    private readonly TenantRing _ring;
    private readonly Admission _admission;
    private readonly WaitingSequences _waiting;
    private readonly StepBatch _batch;
    private readonly List<Sequence> _running = [];

    public Scheduler(SchedulerLimits limits, StepPacer pacer)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxTenantSequences, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.MaxSequences, limits.BatchTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.MaxSequences, limits.SequenceIds);
        _limits = limits;
        _ledger = new CellLedger(limits);
        _ring = new TenantRing(limits.QuantumTokens);
        _waiting = new WaitingSequences(_ring);
        _admission = new Admission(limits, _ledger, _ring, _running);
        _batch = new StepBatch(limits, pacer, _ledger, _ring, _running);
    }

    /// <summary>Sequences in the queue.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Sequences that have an id, the oldest first.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    /// <summary>Cells that hold something, those of cached prefixes included; a cell that several share counts once.</summary>
    public int UsedCells => _ledger.UsedCells;

    /// <summary>Cells that hold cached prefixes only.</summary>
    public int CachedCells => _ledger.CachedCells;

    /// <summary>Tokens that were shared instead of being decoded, since the start.</summary>
    public long ReusedTokens => _ledger.ReusedTokens;

    /// <summary>Cached tokens that were given up, for want of cells or because nobody asked for them, since the start.</summary>
    public long EvictedTokens => _ledger.EvictedTokens;

    /// <summary>How often a sequence was put back, since the start.</summary>
    public long Preemptions { get; private set; }

    /// <summary>Tokens that were guessed and decoded to be checked, since the start.</summary>
    public long DraftedTokens { get; private set; }

    /// <summary>Of these, tokens that the answer went on with.</summary>
    public long AcceptedTokens { get; private set; }

    /// <summary>Answers under way in the present batch: its first tokens.</summary>
    public int BatchAnswers => _batch.Answers;

    /// <summary>Guessed tokens in the present batch: its last ones.</summary>
    public int BatchDrafts => _batch.Drafts;

    /// <summary>The batch of the present step.</summary>
    public ReadOnlySpan<BatchToken> Batch => _batch.Tokens;

    /// <summary>Sequences of the present batch that get a token by it.</summary>
    public ReadOnlySpan<Sequence> Sampled => _batch.Sampled;

    /// <summary>What the backend must do to its cells before the next decode.</summary>
    public ReadOnlySpan<CellOperation> Operations => _ledger.Operations;

    /// <summary>Sequences that ended and sequences that left the queue for good, since the caller cleared these lists.</summary>
    internal List<Sequence> Ended { get; } = [];

    internal List<Sequence> Departed => _waiting.Departed;

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
        _waiting.Add(sequence);
    }

    /// <summary>Ends those that have never run and whose deadline is over.</summary>
    public void Expire(long now)
    {
        foreach (var sequence in _waiting.Overdue(now))
        {
            Remove(sequence, FinishReason.Expired);
        }
    }

    /// <summary>
    /// Admits what fits, then fills the batch; puts the youngest back where there are no cells for all. Empty when there is nothing to do.
    /// </summary>
    public ReadOnlySpan<BatchToken> Schedule()
    {
        _ledger.GiveUpIdle();
        while (WaitingCount > 0 && _admission.Next(PutBack) is { } next)
        {
            Admit(next);
        }

        do
        {
            _batch.Fill(MakeRoomForAnswers());
        }
        while (_batch.Count == 0 && _running.Count > 1 && PutBackYoungest());

        return _batch.Count > 0 || _running.Count == 0
            ? Batch
            : throw new InvalidOperationException("The only sequence that runs finds no cells, although it was checked that it fits.");
    }

    /// <summary>The batch was decoded: its cells are in use now.</summary>
    public void Decoded()
    {
        _ledger.Pass(_batch.Count);
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

            if (sequence.Draft is { Count: > 0 } draft)
            {
                _ledger.Draft(sequence.Cells!, draft.Count);
                DraftedTokens += draft.Count;
            }
        }
    }

    /// <summary>
    /// The next token of a sequence of <see cref="Sampled"/>, which may be its last. True if it was guessed: then the next one can be
    /// chosen from this very batch, at the sequence's <see cref="Sequence.LogitsIndex"/>.
    /// </summary>
    public bool Apply(Sequence sequence, int token, bool endOfGeneration)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (endOfGeneration)
        {
            Remove(sequence, FinishReason.Stop);
            return false;
        }

        sequence.Add(token);
        if (sequence.AnswerTokens == sequence.MaxTokens)
        {
            Remove(sequence, FinishReason.Length);
            return false;
        }

        if (sequence.Draft is { Count: > 0 } draft && draft.TryConfirm(token, out var logitsIndex))
        {
            sequence.LogitsIndex = logitsIndex;
            _ledger.AcceptDraft(sequence.Cells!, sequence);
            _ring.Charge(sequence.Queue!, 1);
            AcceptedTokens++;
            return true;
        }

        _ledger.RejectDraft(sequence.Cells!);
        return false;
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
            _waiting.Remove(sequence);
        }
        else
        {
            // What a failed decode left in the cells is not to be trusted.
            StopRunning(sequence, keep: reason != FinishReason.Failed);
        }

        _ring.RemoveIfIdle(sequence.Queue);
        sequence.Complete(reason);
        Ended.Add(sequence);
    }

    /// <summary>The sequences of the present batch, whose decode failed.</summary>
    public IReadOnlyList<Sequence> InBatch() => [.. _running.Where(sequence => sequence.BatchedTokens > 0)];

    /// <summary>Everything that has not ended, running first.</summary>
    public IReadOnlyList<Sequence> All() => [.. _running, .. _ring.Tenants.SelectMany(tenant => tenant.Waiting)];

    /// <summary>Sequences of one priority in the queue.</summary>
    public int CountWaiting(Priority priority) => _waiting.CountOf(priority);

    private void Admit(Sequence sequence)
    {
        _waiting.TakeNext(sequence);
        sequence.Cells = _ledger.Open(sequence.Sharing);
        sequence.State = SequenceState.Prefill;
        var shared = _ledger.Follow(sequence.Cells, sequence, StepBatch.ShareLimit(sequence));
        if (sequence.Ticket == 0)
        {
            sequence.Ticket = _admission.NextTicket();
            sequence.CachedTokens = shared;
            _waiting.Departed.Add(sequence);
        }

        Insert(_running, sequence);
        Insert(sequence.Queue!.Running, sequence);
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
        _waiting.Add(sequence);
        Preemptions++;
    }

    private bool PutBackYoungest()
    {
        PutBack(_running[^1]);
        return true;
    }

    /// <summary>Cells for a token of each answer under way, whose number it returns.</summary>
    private int MakeRoomForAnswers()
    {
        var answers = _running.Count(sequence => sequence.State == SequenceState.Decode);
        while (!_ledger.MakeFree(answers))
        {
            answers -= _running[^1].State == SequenceState.Decode ? 1 : 0;
            PutBackYoungest();
        }

        return answers;
    }
}
