namespace Zakenak.ModelRegistry;

internal static partial class Log
{
    [LoggerMessage(701, LogLevel.Information, "Completed blob {Digest} of {Bytes} bytes for {Caller}")]
    public static partial void BlobCompleted(ILogger logger, BlobDigest digest, long bytes, string caller);

    [LoggerMessage(702, LogLevel.Error, "Failed to write to the registry's disk")]
    public static partial void WriteFailed(ILogger logger, Exception exception);

    [LoggerMessage(703, LogLevel.Information, "Collected {Count} uploads that nobody went on with")]
    public static partial void UploadsCollected(ILogger logger, int count);
}
