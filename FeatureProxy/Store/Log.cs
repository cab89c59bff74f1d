namespace Zakenak.FeatureProxy.Store;

internal static partial class Log
{
    [LoggerMessage(601, LogLevel.Information, "Loaded the features: {Views} views, {Rows} rows")]
    public static partial void SeedLoaded(ILogger logger, int views, int rows);

    [LoggerMessage(602, LogLevel.Error, "Kept the last good features: the changed seed file is wrong, {Fault}")]
    public static partial void SeedKept(ILogger logger, string fault);
}
