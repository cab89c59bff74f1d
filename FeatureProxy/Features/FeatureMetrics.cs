using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Zakenak.FeatureProxy.Features;

/// <summary>Meter <c>Zakenak.FeatureProxy</c>. The only label is the outcome's code, of which there are few.</summary>
public sealed class FeatureMetrics
{
    public const string MeterName = "Zakenak.FeatureProxy";

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _values;

    public FeatureMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram<double>("zakenak_feature_request_duration", "s", "Time to answer a feature request, by outcome.");
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
