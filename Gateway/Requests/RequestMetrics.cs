using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Zakenak.Gateway.Requests;

/// <summary>Metrics of the edge, by the names of OpenTelemetry's GenAI conventions where they have one.</summary>
internal sealed class RequestMetrics
{
    public const string MeterName = "Zakenak.Gateway";

    /// <summary>Boxed once.</summary>
    private static readonly object _ok = StatusCodes.Status200OK;

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _timeToFirstToken;
    private readonly Histogram<long> _tokens;
    private int _running;

    public RequestMetrics(IMeterFactory meters)
    {
        // The boundaries are the conventions' own, so that dashboards made for other servers fit.
        var meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram("gen_ai.server.request.duration", "s", "From the request's arrival to the end of its answer.", null,
            Boundaries(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92));
        _timeToFirstToken = meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "From the request's arrival to the first generated token sent.", null,
            Boundaries(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10));
        _tokens = meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of a request, as its model server counted them.", null,
            Boundaries<long>(1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864));

        // Counted here and asked for: an instrument that is told of each request costs more than the count.
        meter.CreateObservableUpDownCounter("zakenak_gateway_running_requests", () => Volatile.Read(ref _running), "{request}", "Requests that are being answered.");
    }

    public void Started() => Interlocked.Increment(ref _running);

    /// <summary>Every label comes from configuration, a verified model or a closed set of codes: no client can make new series.</summary>
    public void Ended(InferenceRequest request, int status, TimeSpan latency, TimeSpan? timeToFirstToken)
    {
        Interlocked.Decrement(ref _running);
        var tags = new TagList
        {
            { "gen_ai.operation.name", request.Api?.Operation ?? "models" },
            { "gen_ai.provider.name", "zakenak" },
            { "gen_ai.request.model", request.Route?.Model.Id ?? "none" },
            { "zakenak.tenant", request.Client?.Tenant ?? "none" },
        };
        if (timeToFirstToken is { } ttft)
            _timeToFirstToken.Record(ttft.TotalSeconds, tags);
        if (request.Usage is { } usage)
        {
            tags.Add("gen_ai.token.type", "input");
            _tokens.Record(usage.Input, tags);
            tags[tags.Count - 1] = new("gen_ai.token.type", "output");
            _tokens.Record(usage.Output, tags);
            tags.RemoveAt(tags.Count - 1);
        }

        tags.Add("http.response.status_code", status == StatusCodes.Status200OK ? _ok : status);
        if (request.Code is { } code)
            tags.Add("error.type", code);
        _duration.Record(latency.TotalSeconds, tags);
    }

    private static InstrumentAdvice<T> Boundaries<T>(params T[] values) where T : struct => new() { HistogramBucketBoundaries = values };
}
