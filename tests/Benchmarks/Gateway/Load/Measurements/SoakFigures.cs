namespace Zakenak.Benchmarks.GatewayLoad.Measurements;

/// <summary>What came of a long mixed load.</summary>
/// <param name="ResidentMiB">Of the gateway, a sample a second.</param>
/// <param name="Counts">Of each outcome.</param>
internal sealed record SoakFigures(TimeSpan Duration, IReadOnlyList<double> ResidentMiB, IReadOnlyDictionary<string, long> Counts)
{
    /// <summary>How outcomes begin that none of the requests should have had.</summary>
    public const string Failed = "failed: ";

    private const int Minute = 60;

    /// <summary>Memory breathes with the collector: the mean of a quarter of what is left after the first minute, but at most of a minute.</summary>
    private int Span => Math.Clamp((ResidentMiB.Count - Minute) / 4, 1, Minute);

    public double AfterFirstMinute => ResidentMiB.Skip(Minute).Take(Span).DefaultIfEmpty(double.NaN).Average();

    public double AtEnd => ResidentMiB.TakeLast(Span).DefaultIfEmpty(double.NaN).Average();

    public double Growth => (AtEnd / AfterFirstMinute) - 1;

    public long Failures => Counts.Where(c => c.Key.StartsWith(Failed, StringComparison.Ordinal)).Sum(c => c.Value);
}
