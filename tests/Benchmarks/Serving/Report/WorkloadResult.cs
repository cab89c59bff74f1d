namespace Zakenak.Benchmarks.Serving.Report;

/// <summary>One workload with all peers; the first is the one that the others are compared with.</summary>
internal sealed record WorkloadResult(string Workload, string Description, string Measure, IReadOnlyList<PeerResult> Peers, IReadOnlyList<PeerRatio> Ratios);

/// <summary>The deciding figure of the first peer, divided by that of another.</summary>
internal sealed record PeerRatio(string Over, double Ratio);
