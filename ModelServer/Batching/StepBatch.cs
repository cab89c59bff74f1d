using System.Runtime.InteropServices;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching.Cells;

namespace Zakenak.ModelServer.Batching;

/// <summary>Fills the batch of a step: one token of each answer under way, then prompts, tenant by tenant, or guesses where there are no prompts.</summary>
internal sealed class StepBatch(SchedulerLimits limits, StepPacer pacer, CellLedger ledger, TenantRing ring, List<Sequence> running)
{
    private readonly BatchToken[] _tokens = new BatchToken[limits.BatchTokens];
    private readonly List<Sequence> _sampled = [];
    private int _wholePrompt;

    public ReadOnlySpan<BatchToken> Tokens => _tokens.AsSpan(0, Count);

    public int Count { get; private set; }

    /// <summary>Answers under way: the first tokens.</summary>
    public int Answers { get; private set; }

    /// <summary>Guessed tokens: the last ones.</summary>
    public int Drafts { get; private set; }

    /// <summary>Sequences that get a token by this batch.</summary>
    public ReadOnlySpan<Sequence> Sampled => CollectionsMarshal.AsSpan(_sampled);

    // The last known token is always decoded: it is what the next token is sampled from.
    public static int ShareLimit(Sequence sequence) => sequence.KnownTokens - 1;

    /// <summary>Fills it anew. The caller has made so many cells free as answers are under way.</summary>
    public void Fill(int answers)
    {
        (Count, Answers, Drafts) = (0, answers, 0);
        _sampled.Clear();
        var waiting = 0;
        foreach (var sequence in running)
        {
            waiting += sequence.State == SequenceState.Prefill ? 1 : 0;
            (sequence.LogitsIndex, sequence.BatchedTokens) = (-1, 0);
            sequence.Draft?.Clear();
            if (sequence.State == SequenceState.Decode)
            {
                Add(sequence);
                ring.Charge(sequence.Queue!, 1);
            }
        }

        var most = limits.BatchTokens - Answers;
        var budget = pacer.PromptTokens(Answers, waiting, most);
        _wholePrompt = pacer.WholePrompt(Answers, most);
        FillPrompts(budget);
        if (limits.DraftTokens > 0 && Count == Answers && budget > 0)
        {
            FillDrafts();
        }
    }

    private void FillPrompts(int budget)
    {
        // Ends: a visit decodes something, or is in vain, or gives a quantum to a tenant that had none left, which happens a few times at most.
        for (var inVain = 0; budget > 0 && inVain < ring.Count;)
        {
            var tenant = ring.Current!;
            if (!tenant.Running.Exists(sequence => sequence.State == SequenceState.Prefill))
            {
                inVain++;
                ring.Rotate(spent: false);
            }
            else if (tenant.Deficit <= 0)
            {
                inVain = 0;
                ring.Rotate(spent: true);
            }
            else if (FillPrompts(tenant, Math.Min(budget, tenant.Deficit)) is var given and > 0)
            {
                inVain = 0;
                budget -= given;
                ring.Charge(tenant, given);
            }
            else
            {
                inVain++;
                ring.Rotate(spent: false);
            }
        }
    }

    private int FillPrompts(TenantQueue tenant, int budget)
    {
        var before = Count;
        foreach (var sequence in tenant.Running)
        {
            if (sequence.State == SequenceState.Prefill)
            {
                AddPrompt(tenant, sequence, budget - (Count - before));
            }
        }

        return Count - before;
    }

    private void AddPrompt(TenantQueue tenant, Sequence sequence, int budget)
    {
        var cells = sequence.Cells!;
        if (sequence.BatchedTokens == 0)
        {
            var shared = ledger.Follow(cells, sequence, ShareLimit(sequence));
            sequence.CachedTokens += sequence.WasPutBack ? 0 : shared;
            if (ComesLater(tenant, sequence))
            {
                return;
            }
        }

        var start = cells.Used + sequence.BatchedTokens;

        var fitsWhole = Count == Answers && start == sequence.CachedTokens && sequence.KnownTokens - start <= _wholePrompt;
        budget = fitsWhole ? _wholePrompt : budget;
        var end = start + Math.Min(Math.Min(budget, sequence.KnownTokens - start), ledger.AvailableCells - Count);

        // Whole blocks, so that whoever waits for one doesn't wait for its last tokens.
        var whole = end - (end % limits.BlockTokens);
        end = end < sequence.KnownTokens && whole > start ? whole : end;
        if (end > start && ledger.MakeFree(Count + end - start))
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
                && ledger.NextBlockIsSame(sequence.Cells!, sequence, ShareLimit(sequence), older.Cells!, older, ShareLimit(older)))
            {
                return true;
            }
        }

        return false;
    }

    private void Add(Sequence sequence)
    {
        var position = sequence.UsedCells + sequence.BatchedTokens++;
        var last = position == sequence.KnownTokens - 1;
        if (last)
        {
            sequence.LogitsIndex = Count;
            _sampled.Add(sequence);
        }

        _tokens[Count++] = new BatchToken(sequence.TokenAt(position), position, sequence.Slot, last);
    }

    /// <summary>
    /// Guesses only fill what nobody else wants: no prompt is in the step, it stays short, and no cached prefix is given up for them. What
    /// one answer leaves of its equal part is the next one's.
    /// </summary>
    private void FillDrafts()
    {
        var room = Math.Min(Math.Min(limits.DraftStepTokens, limits.BatchTokens) - Answers, ledger.FreeCells - Answers);
        for (var (i, left) = (0, Answers); i < Answers && room > 0; i++, left--)
        {
            var sequence = _sampled[i];
            var draft = sequence.Draft ??= new Draft(limits.DraftTokens);

            // The last token of the longest answer is never a guess: it needs no cell.
            draft.Guess(sequence.Known, Math.Min(room / left, sequence.MaxTokens - sequence.AnswerTokens - 1));
            draft.BatchIndex = Count;
            for (var position = 0; position < draft.Count; position++)
            {
                _tokens[Count++] = new BatchToken(draft.Tokens[position], sequence.KnownTokens + position, sequence.Slot, Logits: true);
            }

            room -= draft.Count;
            Drafts += draft.Count;
        }
    }
}
