namespace Zakenak.ModelServer.Batching;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "The engine thread started: {ContextTokens} KV cells, {BatchTokens} tokens a step, {MaxSequences} sequences at once")]
    public static partial void EngineStarted(ILogger logger, int contextTokens, int batchTokens, int maxSequences);

    [LoggerMessage(LogLevel.Information, "The engine thread stopped")]
    public static partial void EngineStopped(ILogger logger);

    [LoggerMessage(LogLevel.Error, "A batch found no free KV cells; its sequences were ended")]
    public static partial void BatchFailed(ILogger logger);

    [LoggerMessage(LogLevel.Critical, "The engine thread died; every request under way was ended ({Code})")]
    public static partial void EngineDied(ILogger logger, Exception? exception, string code);

    [LoggerMessage(LogLevel.Error, "The engine stalled: a step has taken more than {StallTimeoutMs} ms; the server is unready until it ends")]
    public static partial void EngineStalled(ILogger logger, int stallTimeoutMs);

    [LoggerMessage(LogLevel.Warning, "The engine went on after it had stalled")]
    public static partial void EngineWentOn(ILogger logger);
}
