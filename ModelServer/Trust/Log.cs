namespace Zakenak.ModelServer.Trust;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Could not keep what was seen of the policy and of stage statements for the next start: {Reason}")]
    public static partial void NotRemembered(ILogger logger, string reason);
}
