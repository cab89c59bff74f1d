namespace Zakenak.ModelServer.Watching;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Took {Model} ({Digest}) into service")]
    public static partial void Served(ILogger logger, string model, string digest);

    [LoggerMessage(LogLevel.Error, "Took {Model} ({Digest}) out of service ({Code}): {Reason}")]
    public static partial void TakenOut(ILogger logger, string model, string digest, string code, string reason);

    [LoggerMessage(LogLevel.Warning, "The registry did not confirm {Name}:{Version} ({Code}): {Reason}")]
    public static partial void NotConfirmed(ILogger logger, string name, string version, string code, string reason);

    [LoggerMessage(LogLevel.Warning, "Kept the policy that is in force: the one on disk was refused ({Code}): {Reason}")]
    public static partial void PolicyNotRead(ILogger logger, string code, string reason);

    [LoggerMessage(LogLevel.Warning, "Could not keep the registry's word for the next start: {Reason}")]
    public static partial void NotKept(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Debug, "Lost the registry's events ({Code}): {Reason}")]
    public static partial void EventsLost(ILogger logger, string code, string reason);
}
