namespace Zakenak.ModelServer.Loading;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Verified {DoneMiB} of {TotalMiB} MiB")]
    public static partial void Verifying(ILogger logger, long doneMiB, long totalMiB);

    [LoggerMessage(LogLevel.Information, "Verified {Model} ({Digest}), signed by {Signer}, {Bytes} bytes sealed in memory")]
    public static partial void Verified(ILogger logger, string model, string digest, string signer, long bytes);

    [LoggerMessage(LogLevel.Warning, "Ignored {Key} of the model: it was not a 32-bit float in range")]
    public static partial void RecommendationIgnored(ILogger logger, string key);

    [LoggerMessage(
        LogLevel.Information,
        "Loaded {Model} ({Digest}): {Description}, {ContextTokens} tokens a request, temperature {Temperature} and top_p {TopP} by default, after {ElapsedMs} ms")]
    public static partial void Ready(
        ILogger logger, string model, string digest, string description, int contextTokens, float temperature, float topP, double elapsedMs);

    [LoggerMessage(LogLevel.Error, "Refused the model ({Code}): {Reason}")]
    public static partial void ModelRefused(ILogger logger, string code, string reason);

    [LoggerMessage(LogLevel.Error, "Failed to load the model or to watch over it")]
    public static partial void LoadingFailed(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Critical, "Stopped the process with exit code {ExitCode}: without its engine thread it can answer nothing")]
    public static partial void StoppingWithoutEngine(ILogger logger, int exitCode);

    [LoggerMessage(LogLevel.Warning, "llama.cpp warned: {Line}")]
    public static partial void NativeWarning(ILogger logger, string line);

    [LoggerMessage(LogLevel.Debug, "llama.cpp said: {Line}")]
    public static partial void NativeLine(ILogger logger, string line);
}
