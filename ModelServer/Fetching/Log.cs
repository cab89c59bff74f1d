namespace Zakenak.ModelServer.Fetching;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Fetched {Model} ({Digest}) from the registry, {Bytes} bytes")]
    public static partial void Fetched(ILogger logger, string model, string digest, long bytes);
}
