namespace Zakenak.FeatureProxy.Features;

internal static partial class Log
{
    /// <summary>Neither entities nor values: the first may name people, the second may be anything.</summary>
    [LoggerMessage(611, LogLevel.Information, "Answered a feature request: request_id={RequestId} tenant={Tenant} status={Status} code={Code} refs={Refs} latency_ms={LatencyMs:F2}")]
    public static partial void Answered(ILogger logger, string requestId, string tenant, int status, string code, int refs, double latencyMs);
}
