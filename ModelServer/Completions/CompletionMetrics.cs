using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Zakenak.ModelServer.Completions;

/// <summary>The server metrics of OpenTelemetry's GenAI conventions.</summary>
public sealed class CompletionMetrics
{
    private readonly TimeProvider _time;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _timeToFirstToken;
    private readonly Histogram<double> _timePerOutputToken;

    public CompletionMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create("Zakenak.ModelServer");

        // The boundaries are the conventions' own, so that dashboards made for other servers fit.
        _duration = Seconds("gen_ai.server.request.duration", "Time from a request's arrival to the end of its answer",
            0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92);
        _timeToFirstToken = Seconds("gen_ai.server.time_to_first_token", "Time from a request's arrival to its first token",
            0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10);
        _timePerOutputToken = Seconds("gen_ai.server.time_per_output_token", "Time per token after the first",
            0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5);

        Histogram<double> Seconds(string name, string description, params double[] boundaries) =>
            meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });
    }

    /// <summary>A request has ended.</summary>
    public void Ended(RequestReport report)
    {
        ArgumentNullException.ThrowIfNull(report);

        // The model's name as the server knows it, never as a user wrote it: labels are bounded.
        var tags = new TagList { { "gen_ai.operation.name", report.Operation }, { "gen_ai.provider.name", "zakenak" }, { "gen_ai.request.model", report.Model } };
        if (report.FirstToken is { } first)
        {
            _timeToFirstToken.Record(_time.GetElapsedTime(report.Started, first).TotalSeconds, tags);
            if (report.Usage.CompletionTokens > report.Answers)
            {
                // Tokens of several answers came at the same time: of each answer, those after its first.
                _timePerOutputToken.Record(_time.GetElapsedTime(first).TotalSeconds * report.Answers / (report.Usage.CompletionTokens - report.Answers), tags);
            }
        }

        if ((report.BrokenBy ?? (report.Status >= 400 ? report.FinishReason : null)) is { } error)
        {
            tags.Add("error.type", error);
        }

        _duration.Record(_time.GetElapsedTime(report.Started).TotalSeconds, tags);
    }
}
