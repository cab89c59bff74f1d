using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Zakenak.ModelServer.Batching;

/// <summary>What the engine does, in numbers whose labels are few and known.</summary>
public sealed class BatchingMetrics
{
    private static readonly KeyValuePair<string, object?>[] s_priorities =
        [.. Enum.GetValues<Priority>().Select(priority => KeyValuePair.Create("priority", (object?)priority.ToString().ToLowerInvariant()))];

    private readonly Histogram<int> _batchTokens;
    private readonly Histogram<double> _stepDuration;
    private readonly Counter<long> _preemptions;
    private readonly Counter<long> _promptTokens;
    private readonly Counter<long> _reusedTokens;
    private readonly Counter<long> _evictedTokens;
    private readonly Counter<long> _draftedTokens;
    private readonly Counter<long> _acceptedTokens;
    private readonly int[] _waiting = new int[s_priorities.Length];
    private int _running;
    private int _usedCells;
    private int _cachedCells;
    private int _cells;
    private long _decoded;
    private long _seenPreemptions;
    private long _seenReused;
    private long _seenEvicted;
    private long _seenDrafted;
    private long _seenAccepted;

    public BatchingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Zakenak.ModelServer");
        _batchTokens = meter.CreateHistogram<int>("zakenak_batch_tokens", "{token}", "Tokens decoded in one step", null,
            new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048] });
        _stepDuration = meter.CreateHistogram<double>("zakenak_step_duration", "s", "Time of one step", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
        _preemptions = meter.CreateCounter<long>("zakenak_preemptions", "{sequence}", "Sequences put back into the queue for want of cells or for another tenant");
        _promptTokens = meter.CreateCounter<long>("zakenak_prompt_tokens_decoded", "{token}", "Tokens of prompts that had to be decoded");
        _reusedTokens = meter.CreateCounter<long>("zakenak_prefix_cache_hit_tokens", "{token}", "Tokens of prompts that were shared instead");
        _evictedTokens = meter.CreateCounter<long>("zakenak_prefix_cache_evicted_tokens", "{token}", "Cached tokens given up, for want of cells or of use");
        _draftedTokens = meter.CreateCounter<long>("zakenak_draft_tokens", "{token}", "Tokens of answers that were guessed and decoded to be checked");
        _acceptedTokens = meter.CreateCounter<long>("zakenak_draft_tokens_accepted", "{token}", "Of these, tokens that the answer went on with");
        meter.CreateObservableGauge("zakenak_queue_depth", QueueDepth, "{request}", "Sequences that wait");
        meter.CreateObservableGauge("zakenak_running_sequences", () => Running, "{sequence}", "Sequences that run");
        meter.CreateObservableGauge("zakenak_kv_cells", () => Volatile.Read(ref _cells), "{cell}", "KV cells there are");
        meter.CreateObservableGauge("zakenak_kv_cells_used", () => Volatile.Read(ref _usedCells), "{cell}", "KV cells in use, cached prefixes included");
        meter.CreateObservableGauge("zakenak_prefix_cache_cells", () => Volatile.Read(ref _cachedCells), "{cell}", "KV cells in use by cached prefixes only");
        meter.CreateObservableGauge("zakenak_prefix_cache_hit_ratio", HitRatio, "1", "Share of all prompts' tokens since the start that were shared instead of decoded");

        // Without labels they are one series each: there from the start, so that the first increase is seen as one.
        foreach (var counter in (Counter<long>[])[_preemptions, _promptTokens, _reusedTokens, _evictedTokens, _draftedTokens, _acceptedTokens])
        {
            counter.Add(0);
        }
    }

    /// <summary>Sequences that run, after the last step.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>KV cells that they hold, in thousandths of all: cached prefixes make room when it is needed.</summary>
    public int KvPermille => Volatile.Read(ref _cells) is > 0 and var cells
        ? (int)Math.Clamp((Volatile.Read(ref _usedCells) - (long)Volatile.Read(ref _cachedCells)) * 1000 / cells, 0, 1000)
        : 0;

    /// <summary>A step was done.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="prompts">Of these, tokens of prompts.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Stepped(int tokens, int prompts, TimeSpan elapsed)
    {
        _batchTokens.Record(tokens);
        _stepDuration.Record(elapsed.TotalSeconds);
        if (prompts > 0)
        {
            _promptTokens.Add(prompts);
            Volatile.Write(ref _decoded, _decoded + prompts);
        }
    }

    /// <summary>How full everything is after a step. The engine thread alone calls it.</summary>
    public void Observe(Scheduler scheduler, int cells)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        for (var priority = 0; priority < _waiting.Length; priority++)
        {
            Volatile.Write(ref _waiting[priority], scheduler.CountWaiting((Priority)priority));
        }

        Volatile.Write(ref _running, scheduler.Running.Count);
        Volatile.Write(ref _usedCells, scheduler.UsedCells);
        Volatile.Write(ref _cachedCells, scheduler.CachedCells);
        Volatile.Write(ref _cells, cells);
        Add(_preemptions, ref _seenPreemptions, scheduler.Preemptions);
        Add(_reusedTokens, ref _seenReused, scheduler.ReusedTokens);
        Add(_evictedTokens, ref _seenEvicted, scheduler.EvictedTokens);
        Add(_draftedTokens, ref _seenDrafted, scheduler.DraftedTokens);
        Add(_acceptedTokens, ref _seenAccepted, scheduler.AcceptedTokens);
    }

    private static void Add(Counter<long> counter, ref long seen, long total)
    {
        if (total != seen)
        {
            counter.Add(total - seen);
            seen = total;
        }
    }

    private double HitRatio()
    {
        var (reused, decoded) = (Volatile.Read(ref _seenReused), Volatile.Read(ref _decoded));
        return reused + decoded == 0 ? 0 : (double)reused / (reused + decoded);
    }

    private IEnumerable<Measurement<int>> QueueDepth()
    {
        for (var priority = 0; priority < _waiting.Length; priority++)
        {
            yield return new Measurement<int>(Volatile.Read(ref _waiting[priority]), new TagList([s_priorities[priority]]));
        }
    }
}
