using System.Runtime.InteropServices;
using Zakenak.Engine;

namespace Zakenak.ModelServer.Batching;

/// <summary>
/// Decides which tokens go into the next batch; knows neither HTTP nor llama.cpp and has no clock and no lock. A step is
/// <see cref="Schedule"/>, a decode by the caller, <see cref="Decoded"/>, then <see cref="Apply"/> for each of <see cref="Sampled"/>.
/// </summary>
/// <remarks>
/// Two rules keep it simple to reason about. A sequence runs only once all cells that it can ever need are reserved: the cache can't run
/// full, so nothing is ever evicted. The queue is first in, first out, and nobody overtakes its head: everyone's turn comes.
/// </remarks>
public sealed class Scheduler
{
    private readonly SchedulerLimits _limits;
    private readonly LinkedList<Sequence> _waiting = [];
    private readonly List<Sequence> _running = [];
    private readonly List<Sequence> _sampled = [];
    private readonly Stack<int> _freeSlots;
    private readonly BatchToken[] _batch;
    private int _batchCount;

    public Scheduler(SchedulerLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.MaxSequences, limits.BatchTokens);
        _limits = limits;
        _batch = new BatchToken[limits.BatchTokens];
        _freeSlots = new Stack<int>(Enumerable.Range(0, limits.MaxSequences).Reverse());
    }

    /// <summary>Sequences in the queue.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Sequences that have a slot, in order of admission.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    /// <summary>Cells set aside for running sequences.</summary>
    public int ReservedCells { get; private set; }

    /// <summary>Cells that hold something.</summary>
    public int UsedCells { get; private set; }

    /// <summary>The batch of the present step.</summary>
    public ReadOnlySpan<BatchToken> Batch => _batch.AsSpan(0, _batchCount);

    /// <summary>Sequences of the present batch that get a token by it.</summary>
    public ReadOnlySpan<Sequence> Sampled => CollectionsMarshal.AsSpan(_sampled);

    /// <summary>Puts a sequence at the end of the queue. One that could never fit is the caller's mistake.</summary>
    public void Enqueue(Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        ArgumentOutOfRangeException.ThrowIfZero(sequence.Prompt.Length, nameof(sequence));
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence.MaxTokens, 1, nameof(sequence));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence.ReservedCells, _limits.ContextTokens, nameof(sequence));
        _waiting.AddLast(sequence);
    }

    /// <summary>
    /// Admits what fits, then fills the batch: first one token of each answer under way, then prompts, oldest first, up to the budget.
    /// Empty when there is nothing to do.
    /// </summary>
    public ReadOnlySpan<BatchToken> Schedule()
    {
        Admit();
        _batchCount = 0;
        _sampled.Clear();
        foreach (var sequence in _running)
        {
            sequence.LogitsIndex = -1;
            sequence.BatchedTokens = 0;
            if (sequence.State == SequenceState.Decode)
            {
                Add(sequence, sequence.LastToken, sequence.UsedCells, logits: true);
            }
        }

        foreach (var sequence in _running)
        {
            if (sequence.State == SequenceState.Prefill)
            {
                AddPrompt(sequence);
            }
        }

        return Batch;
    }

    /// <summary>The batch was decoded: its cells are in use now.</summary>
    public void Decoded()
    {
        foreach (var sequence in _running)
        {
            sequence.UsedCells += sequence.BatchedTokens;
            UsedCells += sequence.BatchedTokens;
            if (sequence.State == SequenceState.Prefill && sequence.UsedCells == sequence.Prompt.Length)
            {
                sequence.State = SequenceState.Decode;
            }
        }
    }

    /// <summary>
    /// The next token of a sequence of <see cref="Sampled"/>. True when it was its last: the caller frees the cells of its slot before the
    /// next decode.
    /// </summary>
    public bool Apply(Sequence sequence, int token, bool endOfGeneration)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (endOfGeneration)
        {
            Remove(sequence, FinishReason.Stop);
            return true;
        }

        sequence.Add(token);
        if (sequence.AnswerTokens < sequence.MaxTokens)
        {
            return false;
        }

        Remove(sequence, FinishReason.Length);
        return true;
    }

    /// <summary>Ends a sequence wherever it is and gives back what it holds; does nothing to one that has ended.</summary>
    public void Remove(Sequence sequence, FinishReason reason)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        switch (sequence.State)
        {
            case SequenceState.Ended:
                return;
            case SequenceState.Waiting:
                _waiting.Remove(sequence);
                break;
            default:
                _running.Remove(sequence);
                _freeSlots.Push(sequence.Slot);
                ReservedCells -= sequence.ReservedCells;
                UsedCells -= sequence.UsedCells;
                sequence.Slot = -1;
                break;
        }

        sequence.Complete(reason);
    }

    /// <summary>The sequences of the present batch, whose decode failed.</summary>
    public IReadOnlyList<Sequence> InBatch() => [.. _running.Where(sequence => sequence.BatchedTokens > 0)];

    /// <summary>Everything that has not ended, running first.</summary>
    public IReadOnlyList<Sequence> All() => [.. _running, .. _waiting];

    private void Admit()
    {
        while (_waiting.First is { Value: var head } && _freeSlots.Count > 0 && ReservedCells + head.ReservedCells <= _limits.ContextTokens)
        {
            _waiting.RemoveFirst();
            head.Slot = _freeSlots.Pop();
            head.State = SequenceState.Prefill;
            ReservedCells += head.ReservedCells;
            _running.Add(head);
        }
    }

    private void AddPrompt(Sequence sequence)
    {
        var prompt = sequence.Prompt.Span;
        var end = sequence.UsedCells + Math.Min(prompt.Length - sequence.UsedCells, _limits.BatchTokens - _batchCount);
        for (var position = sequence.UsedCells; position < end; position++)
        {
            Add(sequence, prompt[position], position, logits: position == prompt.Length - 1);
        }
    }

    private void Add(Sequence sequence, int token, int position, bool logits)
    {
        if (logits)
        {
            sequence.LogitsIndex = _batchCount;
            _sampled.Add(sequence);
        }

        sequence.BatchedTokens++;
        _batch[_batchCount++] = new BatchToken(token, position, sequence.Slot, logits);
    }
}
