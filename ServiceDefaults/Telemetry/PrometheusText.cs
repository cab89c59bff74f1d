using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace Zakenak.ServiceDefaults;

/// <summary>Metrics in Prometheus' text format 0.0.4, named as the OpenTelemetry specification maps them (units and <c>_total</c> as suffixes).</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Dictionary<string, Family> _families = new(StringComparer.Ordinal);

    public void Add(Metric metric)
    {
        if (TypeOf(metric.MetricType) is not { } type)
        {
            return; // exponential histograms have no form in this format, and nothing here asks for them
        }

        var name = PrometheusNames.OfMetric(metric.Name, metric.Unit, type);
        if (!_families.TryGetValue(name, out var family))
        {
            _families.Add(name, family = new Family(type));
            family.Text.Append("# HELP ").Append(name).Append(' ').Append(PrometheusNames.EscapeHelp(metric.Description)).Append('\n')
                .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        }

        if (family.Type != type)
        {
            return; // two meters disagree about one name; a family has one type, and the first keeps it
        }

        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            AddPoint(family.Text, name, metric.MetricType, in point);
        }
    }

    public override string ToString() => string.Concat(_families.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Value.Text));

    private static string? TypeOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
        MetricType.Histogram => "histogram",
        _ => null,
    };

    private static void AddPoint(StringBuilder text, string name, MetricType type, in MetricPoint point)
    {
        var labels = PrometheusNames.Labels(point.Tags);
        switch (type)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                Sample(text, name, labels, point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                Sample(text, name, labels, point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                Sample(text, name, labels, point.GetGaugeLastValueLong());
                break;
            case MetricType.DoubleGauge:
                Sample(text, name, labels, point.GetGaugeLastValueDouble());
                break;
            default:
                AddHistogram(text, name, labels, in point);
                break;
        }
    }

    private static void AddHistogram(StringBuilder text, string name, string labels, in MetricPoint point)
    {
        var before = labels.Length == 0 ? "" : labels + ",";
        var count = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount; // the format's buckets are cumulative
            Sample(text, name + "_bucket", $"{before}le=\"{Number(bucket.ExplicitBound)}\"", count);
        }

        Sample(text, name + "_sum", labels, point.GetHistogramSum());
        Sample(text, name + "_count", labels, point.GetHistogramCount());
    }

    private static void Sample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private sealed record Family(string Type)
    {
        public StringBuilder Text { get; } = new();
    }
}
