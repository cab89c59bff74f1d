using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>What one round of a workload gave with one peer.</summary>
/// <param name="Exchanges">All requests that count.</param>
/// <param name="WallSeconds">From the first request sent to the last answered.</param>
/// <param name="GapsMs">Between tokens, where the workload looks at others than those of all exchanges.</param>
/// <param name="IdleTtftMs">Times to first token of the same requests without the load; empty where the workload has none.</param>
internal sealed record WorkloadRun(
    IReadOnlyList<Exchange> Exchanges, double WallSeconds, IReadOnlyList<double>? GapsMs = null, IReadOnlyList<double>? IdleTtftMs = null);
