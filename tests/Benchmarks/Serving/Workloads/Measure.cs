namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>The figure that decides a workload.</summary>
internal enum Measure
{
    /// <summary>Tokens of all answers per second of wall time; more is better.</summary>
    TokensPerSecond,

    /// <summary>95th percentile of the time to the first token, in milliseconds; less is better.</summary>
    TtftP95,

    /// <summary>The longest time between two tokens of one stream, in milliseconds; less is better.</summary>
    WorstGap,

    /// <summary>95th percentile of the time to the first token, divided by that of an idle server; less is better.</summary>
    TtftP95OverIdle,
}
