namespace Zakenak.ModelServer.Batching;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "The engine thread started: {ContextTokens} KV cells, {BatchTokens} tokens a step, {MaxSequences} sequences")]
    public static partial void EngineStarted(ILogger logger, int contextTokens, int batchTokens, int maxSequences);

    [LoggerMessage(LogLevel.Information, "The engine thread stopped")]
    public static partial void EngineStopped(ILogger logger);

    [LoggerMessage(LogLevel.Error, "A batch found no free KV cells; its sequences were ended")]
    public static partial void BatchFailed(ILogger logger);

    [LoggerMessage(LogLevel.Critical, "The engine thread died; every request under way was ended ({Code})")]
    public static partial void EngineDied(ILogger logger, Exception? exception, string code);
}
