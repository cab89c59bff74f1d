using System.Diagnostics;

namespace Zakenak.Benchmarks.Serving.Client;

/// <summary>What one request met. Times are timestamps of <see cref="Stopwatch"/>, in its ticks.</summary>
internal sealed class Exchange
{
    private readonly List<long> _contentAt = [];

    public long SentAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>When each event with content arrived.</summary>
    public IReadOnlyList<long> ContentAt => _contentAt;

    public long EndedAt { get; private set; }

    public int PromptTokens { get; set; }

    public int CachedTokens { get; set; }

    public int CompletionTokens { get; set; }

    /// <summary>Why there is no whole answer; null where there is.</summary>
    public string? Error { get; set; }

    public string Text { get; set; } = "";

    /// <summary>Milliseconds from sending to the first content; null where none came.</summary>
    public double? TtftMs => _contentAt.Count > 0 ? Milliseconds(SentAt, _contentAt[0]) : null;

    public double TotalMs => Milliseconds(SentAt, EndedAt);

    /// <summary>Milliseconds between one content and the next, of those that arrived after <paramref name="after"/> and not after <paramref name="until"/>.</summary>
    public IEnumerable<double> GapsMs(long after = long.MinValue, long until = long.MaxValue)
    {
        for (var i = 1; i < _contentAt.Count; i++)
        {
            if (_contentAt[i] > after && _contentAt[i - 1] <= until)
                yield return Milliseconds(_contentAt[i - 1], _contentAt[i]);
        }
    }

    public void Content() => _contentAt.Add(Stopwatch.GetTimestamp());

    public void End() => EndedAt = Stopwatch.GetTimestamp();

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
