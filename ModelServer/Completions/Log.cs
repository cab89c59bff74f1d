namespace Zakenak.ModelServer.Completions;

internal static partial class Log
{
    // The names are those of the gateway's line, so that one query finds both.
    [LoggerMessage(
        LogLevel.Information,
        "Completed {request_id} of {tenant}: {model} {digest} {status} {finish_reason} in {latency_ms} ms, "
        + "first token after {ttft_ms} ms, {tokens_in} tokens in, {tokens_out} out")]
    public static partial void Completed(
        ILogger logger, string request_id, string tenant, string model, string digest, int status, string finish_reason,
        double latency_ms, double? ttft_ms, int tokens_in, int tokens_out);
}
