namespace Zakenak.ModelRegistry;

internal static partial class Log
{
    [LoggerMessage(711, LogLevel.Information, "Checkpointed the audit log: {Checkpoint}")]
    public static partial void Checkpointed(ILogger logger, string checkpoint);

    [LoggerMessage(712, LogLevel.Error, "Failed to record {Action}: the audit log did not take it")]
    public static partial void AuditFailed(ILogger logger, Exception exception, string action);

    [LoggerMessage(713, LogLevel.Warning, "Took back the record that {Subject} was changed ({Action}): the change was never made")]
    public static partial void ChangeUndone(ILogger logger, string subject, string action);

    [LoggerMessage(714, LogLevel.Information, "Changed {Version}: {Action} by {Caller}")]
    public static partial void Changed(ILogger logger, string version, string action, string caller);

    [LoggerMessage(715, LogLevel.Warning, "Refused {Caller} to {Action} {Subject}: {Code}")]
    public static partial void Refused(ILogger logger, string caller, string action, string subject, string code);

    [LoggerMessage(716, LogLevel.Error, "Failed to change {Version}: the store did not take it")]
    public static partial void StoreFailed(ILogger logger, Exception exception, string version);

    [LoggerMessage(718, LogLevel.Error, "Failed to read versions")]
    public static partial void ReadFailed(ILogger logger, Exception exception);

    [LoggerMessage(717, LogLevel.Warning, "Lost the connection that listens for other replicas' changes; trying again")]
    public static partial void ListeningFailed(ILogger logger, Exception exception);
}
