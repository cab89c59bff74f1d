using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Zakenak.ServiceDefaults;

/// <summary>Collects when asked, for <c>/metrics</c>.</summary>
internal sealed class PrometheusReader : BaseExportingMetricReader
{
    private const int TimeoutMs = 5000;

    private readonly Lock _lock = new();

    public PrometheusReader()
        : base(new Exporter()) => TemporalityPreference = MetricReaderTemporalityPreference.Cumulative;

    /// <summary>The text of all metrics at this moment; null if collecting failed.</summary>
    public string? CollectText()
    {
        lock (_lock)
        {
            return Collect(TimeoutMs) ? ((Exporter)exporter).Text : null;
        }
    }

    private sealed class Exporter : BaseExporter<Metric>
    {
        public string Text { get; private set; } = "";

        public override ExportResult Export(in Batch<Metric> batch)
        {
            var text = new PrometheusText();
            foreach (var metric in batch)
            {
                text.Add(metric);
            }

            Text = text.ToString();
            return ExportResult.Success;
        }
    }
}
