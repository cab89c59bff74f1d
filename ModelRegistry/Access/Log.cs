namespace Zakenak.ModelRegistry;

internal static partial class Log
{
    [LoggerMessage(721, LogLevel.Information, "Loaded policy {Version}: SHA-256 {Digest}")]
    public static partial void PolicyLoaded(ILogger logger, long version, string digest);

    [LoggerMessage(722, LogLevel.Error, "Refused the policy file: {Code}. {Reason}")]
    public static partial void PolicyRefused(ILogger logger, string code, string reason);
}
