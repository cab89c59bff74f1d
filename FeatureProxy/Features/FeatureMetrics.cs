using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Zakenak.FeatureProxy.Features;

/// <summary>Meter <c>Zakenak.FeatureProxy</c>. The only label is the outcome's code, of which there are few.</summary>
public sealed class FeatureMetrics
{
    public const string MeterName = "Zakenak.FeatureProxy";

    // From memory it takes well under a millisecond, from a database some.
    private static readonly double[] _seconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _values;

    public FeatureMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram("zakenak_feature_request_duration", "s", "Time to answer a feature request, by outcome.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = _seconds });
        _values = meter.CreateCounter<long>("zakenak_feature_values", "{value}", "Feature values handed out.");
    }

    /// <param name="code"><c>ok</c> or the refusal's code.</param>
    /// <param name="seconds">Time taken.</param>
    /// <param name="values">Values handed out.</param>
    public void Answered(string code, double seconds, int values)
    {
        _duration.Record(seconds, new TagList { { "code", code } });
        _values.Add(values);
    }
}
