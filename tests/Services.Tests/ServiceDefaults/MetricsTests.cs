using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

public partial class MetricsTests
{
    private static string Collect(Action<Meter> record)
    {
        using var meter = new Meter("Zakenak.Tests." + Guid.NewGuid().ToString("n"));
        using var reader = new PrometheusReader();
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddReader(reader).Build();
        record(meter);
        return reader.CollectText()!;
    }

    [Fact]
    public void A_counter_has_help_type_total_and_escaped_labels()
    {
        var text = Collect(m => m.CreateCounter<long>("zakenak.tests.refused", "{request}", "Refused \\ with\nreason").Add(3, new("reason.code", "a\"b\\c\nd"), new("ok", true)));
        Assert.Equal("""
            # HELP zakenak_tests_refused_total Refused \\ with\nreason
            # TYPE zakenak_tests_refused_total counter
            zakenak_tests_refused_total{ok="true",reason_code="a\"b\\c\nd"} 3

            """, text);
    }

    [Fact]
    public void A_histogram_has_cumulative_buckets_a_sum_and_a_count()
    {
        var text = Collect(m =>
        {
            var histogram = m.CreateHistogram("gen_ai.server.time_to_first_token", "s", "TTFT", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.5] });
            histogram.Record(0.05);
            histogram.Record(0.3);
            histogram.Record(0.4);
            histogram.Record(7);
        });
        Assert.Equal("""
            # HELP gen_ai_server_time_to_first_token_seconds TTFT
            # TYPE gen_ai_server_time_to_first_token_seconds histogram
            gen_ai_server_time_to_first_token_seconds_bucket{le="0.1"} 1
            gen_ai_server_time_to_first_token_seconds_bucket{le="0.5"} 3
            gen_ai_server_time_to_first_token_seconds_bucket{le="+Inf"} 4
            gen_ai_server_time_to_first_token_seconds_sum 7.75
            gen_ai_server_time_to_first_token_seconds_count 4

            """, text);
    }

    [Fact]
    public void Gauges_and_up_down_counters_are_gauges_in_their_unit()
    {
        var text = Collect(m =>
        {
            m.CreateObservableGauge("zakenak.tests.temperature", () => double.NaN, "Cel");
            m.CreateUpDownCounter<long>("zakenak.tests.memory", "By").Add(-5);
        });
        Assert.Contains("# TYPE zakenak_tests_memory_bytes gauge\nzakenak_tests_memory_bytes -5\n", text);
        Assert.Contains("zakenak_tests_temperature_Cel NaN\n", text);
    }

    [Fact]
    public void Tags_that_become_one_label_share_it()
    {
        var text = Collect(m => m.CreateCounter<long>("zakenak.tests.twice").Add(1, new("a.b", "x"), new("a_b", "y")));
        Assert.Contains("zakenak_tests_twice_total{a_b=\"x;y\"} 1\n", text);
    }

    [Fact]
    public void More_label_values_than_the_limit_end_in_one_overflow_series()
    {
        var text = Collect(m =>
        {
            var counter = m.CreateCounter<long>("zakenak.tests.users");
            for (var i = 0; i < 5000; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("user", i));
            }
        });
        Assert.InRange(text.Split('\n').Length, 1000, 2100);
        Assert.Matches("zakenak_tests_users_total{otel_metric_overflow=\"true\"} [0-9]+\n", text);
    }

    [Fact]
    public async Task A_services_metrics_are_well_formed_and_tell_when_its_svid_expires()
    {
        var domain = new TestTrustDomain();
        await using var service = await EchoService.StartAsync(domain.CreateIdentity(ServiceNames.ModelServer));
        using var client = service.CreateClient(domain.CreateIdentity(ServiceNames.Gateway));
        await client.GetStringAsync("/open");
        using var management = new HttpClient { BaseAddress = service.ManagementUrl };
        var text = "";

        // A request is measured when the server is done with it, a moment after its client is.
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var answer = await management.GetAsync("/metrics");
                Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
                text = await answer.Content.ReadAsStringAsync();
                return text.Contains("http_route=\"/open\"", StringComparison.Ordinal);
            },
            "the request for /open is measured");

        Assert.All(text.TrimEnd('\n').Split('\n'), line => Assert.Matches(Line(), line));
        var samples = text.Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l[..l.LastIndexOf(' ')]).ToArray();
        Assert.Equal(samples.Length, samples.Distinct().Count());
        Assert.Single(samples, sample => sample.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal) && sample.Contains("http_route=\"/open\"", StringComparison.Ordinal));
        var expires = ExpiresLine().Match(text);
        Assert.True(expires.Success, text);
        Assert.InRange(double.Parse(expires.Groups[1].Value, CultureInfo.InvariantCulture), 3000, 3600);
    }

    [Fact]
    public async Task Two_services_of_one_process_tell_each_its_own()
    {
        var domain = new TestTrustDomain();
        await using var asked = await EchoService.StartAsync(domain.CreateIdentity(ServiceNames.ModelServer));
        await using var idle = await EchoService.StartAsync(domain.CreateIdentity(ServiceNames.ModelServer));
        using var client = asked.CreateClient(domain.CreateIdentity(ServiceNames.Gateway));
        await client.GetStringAsync("/open");
        using var itsPort = new HttpClient { BaseAddress = asked.ManagementUrl };
        await Eventually.IsTrueAsync(
            async () => (await itsPort.GetStringAsync("/metrics")).Contains("http_route=\"/open\"", StringComparison.Ordinal), "the request for /open is measured");

        using var other = new HttpClient { BaseAddress = idle.ManagementUrl };
        Assert.DoesNotContain("http_route=\"/open\"", await other.GetStringAsync("/metrics"));
    }

    [GeneratedRegex("^(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* ?.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"(\\\\[\\\\n\"]|[^\\\\\"])*\",?)*\\})? ([-+0-9.eE]+|NaN|[-+]Inf))$")]
    private static partial Regex Line();

    [GeneratedRegex("^zakenak_svid_expires_seconds ([0-9.]+)$", RegexOptions.Multiline)]
    private static partial Regex ExpiresLine();
}
