namespace Zakenak.Benchmarks.GatewayLoad.Measurements;

/// <summary>One proxy under requests of one piece: the median of the rounds.</summary>
/// <param name="ProcessorUs">Processor time of the proxy for a request, in microseconds.</param>
/// <param name="AllocatedBytes">For a request; null where that is not known.</param>
internal sealed record RequestFigures(string Proxy, double PerSecond, double P50Us, double P99Us, double ProcessorUs, double? AllocatedBytes, long Requests, long Failures);
