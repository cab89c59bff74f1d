namespace Zakenak.ModelServer.Features;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "The feature proxy did not answer within {TimeoutMs} ms")]
    public static partial void ProxyTimedOut(ILogger logger, int timeoutMs);

    [LoggerMessage(LogLevel.Warning, "The feature proxy could not be reached: {Error}")]
    public static partial void ProxyUnreachable(ILogger logger, string error);

    [LoggerMessage(LogLevel.Warning, "The feature proxy's answer could not be used: {Reason}")]
    public static partial void ProxyAnswerUnusable(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "The feature proxy refused a request with {Status} ({Code})")]
    public static partial void ProxyRefused(ILogger logger, int status, string code);
}
