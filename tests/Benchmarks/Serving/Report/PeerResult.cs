using Zakenak.Benchmarks.Serving.Workloads;

namespace Zakenak.Benchmarks.Serving.Report;

/// <summary>All rounds of one workload with one peer, together. Times in milliseconds.</summary>
internal sealed record PeerResult(
    string Peer,
    Distribution Ttft,
    Distribution Gap,
    Distribution Total,
    Distribution IdleTtft,
    double TokensPerSecond,
    int PromptTokens,
    int CachedTokens,
    int CompletionTokens,
    int Requests,
    IReadOnlyDictionary<string, int> Errors)
{
    public static PeerResult Of(string peer, IReadOnlyList<WorkloadRun> rounds)
    {
        var exchanges = rounds.SelectMany(r => r.Exchanges).ToArray();
        var whole = exchanges.Where(e => e.Error is null).ToArray();
        return new PeerResult(
            peer,
            Distribution.Of(whole.Where(e => e.TtftMs is not null).Select(e => e.TtftMs!.Value)),
            Distribution.Of(rounds.SelectMany(r => r.GapsMs ?? r.Exchanges.Where(e => e.Error is null).SelectMany(e => e.GapsMs()))),
            Distribution.Of(whole.Select(e => e.TotalMs)),
            Distribution.Of(rounds.SelectMany(r => r.IdleTtftMs ?? [])),
            whole.Sum(e => e.CompletionTokens) / rounds.Sum(r => r.WallSeconds),
            whole.Sum(e => e.PromptTokens),
            whole.Sum(e => e.CachedTokens),
            whole.Sum(e => e.CompletionTokens),
            exchanges.Length,
            exchanges.Where(e => e.Error is not null).CountBy(e => e.Error!).ToDictionary());
    }

    /// <summary>The figure that decides the workload.</summary>
    public double Figure(Measure measure) => measure switch
    {
        Measure.TokensPerSecond => TokensPerSecond,
        Measure.TtftP95 => Ttft.P95,
        Measure.WorstGap => Gap.Max,
        _ => IdleTtft.P95 > 0 ? Ttft.P95 / IdleTtft.P95 : 0,
    };
}
