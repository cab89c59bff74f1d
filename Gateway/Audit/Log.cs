namespace Zakenak.Gateway.Audit;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Kept no audit log: Audit:Directory is not set.")]
    public static partial void NotKept(ILogger logger);

    [LoggerMessage(LogLevel.Information, "Checkpointed the audit log: {Checkpoint}")]
    public static partial void Checkpointed(ILogger logger, string checkpoint);

    [LoggerMessage(LogLevel.Error, "Failed to record {Action}: the audit log did not take it.")]
    public static partial void ActUnrecorded(ILogger logger, Exception exception, string action);

    [LoggerMessage(LogLevel.Critical, "Failed to record requests; trying again until the disk takes them.")]
    public static partial void Unrecorded(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Recorded {Count} requests that had waited for the disk; {Refused} were refused and {Answered} answered unrecorded meanwhile.")]
    public static partial void Resumed(ILogger logger, int count, long refused, long answered);

    [LoggerMessage(LogLevel.Critical, "Lost the records of {Count} requests: the gateway stopped before the disk took them.")]
    public static partial void RecordsLost(ILogger logger, int count);
}
