using System.Globalization;
using System.Text;
using Zakenak.Benchmarks.GatewayLoad.Measurements;
using Zakenak.Benchmarks.GatewayLoad.Setting;

namespace Zakenak.Benchmarks.GatewayLoad;

/// <summary>The comparison in Markdown: what is promised first, then the figures it comes from. Gateway, bare YARP and nginx in this order.</summary>
internal sealed class ComparisonReport(
    RunFacts facts, int rounds, int seconds, int streams, IReadOnlyList<RequestFigures> busy, IReadOnlyList<RequestFigures> alone, IReadOnlyList<StreamFigures> events)
{
    private const double AtLeastOfYarp = 0.8;
    private const double AimOfNginx = 0.5;
    private const double MostOfYarpsLatency = 1.5;
    private const double MostAddedMs = 5;
    private const double MostAllocated = 8 * 1024;

    private readonly StringBuilder _text = new();
    private bool _kept = true;

    /// <summary>The text, and whether all promises were kept.</summary>
    public (string Text, bool Kept) ToMarkdown()
    {
        _text.Append("# What the gateway costs\n\n").Append(facts.ToMarkdown()).Append("""

            The gateway with everything on (keys of 64 tenants, prompts of 16 lengths, limits of requests and tokens, screening, routing, resilience, signed grants, the audit log, logs,
            metrics) beside bare YARP and nginx, each in front of the same nginx over TLS 1.3 with client certificates. Clients, proxy and
            backend share the cores. The gateway and bare YARP run with the settings of the runtime that they come with: .NET's own, and of the gateway's threads
            that they look for work somewhat longer before they sleep.

            """);
        _text.Append(CultureInfo.InvariantCulture, $"{rounds} rounds of {seconds} s with each proxy in turn; figures are medians, ratios are of medians.\n\n")
            .Append("| | measured | promised | |\n|---|---|---|---|\n");
        var (ours, yarp, nginx) = (busy[0], busy[1], busy[2]);
        Promise("requests/s at 32 connections, of bare YARP's", ours.PerSecond / yarp.PerSecond, "0.00×", $"at least {AtLeastOfYarp}×", r => r >= AtLeastOfYarp);
        Promise("the same, of nginx'", ours.PerSecond / nginx.PerSecond, "0.00×", $"aim {AimOfNginx}×", _ => true);
        Promise("p50 at 1 connection, of bare YARP's", alone[0].P50Us / alone[1].P50Us, "0.00×", $"at most {MostOfYarpsLatency}×", r => r <= MostOfYarpsLatency);
        Promise("allocated for a request", ours.AllocatedBytes!.Value / 1024, "0.0 KiB", "at most 8 KiB", k => k * 1024 <= MostAllocated);
        Promise("requests that failed", busy.Concat(alone).Sum(f => f.Failures), "0", "0", f => f == 0);
        if (events.Count > 0)
        {
            var (none, through) = (events[0], events[^1]);
            Promise($"{streams:N0} streams of {StreamBackend.EventsPerSecond} events/s: added delay of an event, p99 above no proxy's p99", through.Delay(0.99) - none.Delay(0.99), "0.00 ms",
                $"at most {MostAddedMs} ms", d => d <= MostAddedMs);
            Promise("the same: events lost or out of turn", through.Lost + through.Reordered, "0", "0", n => n == 0);
        }

        Table("32 connections", busy);
        Table("1 connection", alone);
        if (events.Count > 0)
            Table();
        _text.Append("\nHow memory develops over a long time: `--soak 10`, in `gateway-soak.md`.\n");
        return (_text.ToString(), _kept);
    }

    private void Promise(string what, double value, string format, string promised, Func<double, bool> isKept)
    {
        var kept = isKept(value);
        _kept &= kept;
        _text.Append(CultureInfo.InvariantCulture, $"| {what} | {value.ToString(format, CultureInfo.InvariantCulture)} | {promised} | {(kept ? "" : "**missed**")} |\n");
    }

    private void Table(string title, IReadOnlyList<RequestFigures> figures)
    {
        _text.Append(CultureInfo.InvariantCulture, $"\n| {title} | requests/s | p50 | p99 | processor time of the proxy a request |\n|---|---|---|---|---|\n");
        foreach (var f in figures)
            _text.Append(CultureInfo.InvariantCulture, $"| {f.Proxy} | {f.PerSecond:0} | {f.P50Us:0} µs | {f.P99Us:0} µs | {f.ProcessorUs:0} µs |\n");
    }

    private void Table()
    {
        _text.Append(CultureInfo.InvariantCulture, $"\n| {streams:N0} streams through | p50 | p95 | p99 | largest | events | lost | out of turn |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var f in events)
        {
            _text.Append(CultureInfo.InvariantCulture,
                $"| {f.Proxy} | {f.Delay(0.5):0.00} ms | {f.Delay(0.95):0.00} ms | {f.Delay(0.99):0.00} ms | {f.Delay(1):0.0} ms | {f.Delays.Length:N0} | {f.Lost} | {f.Reordered} |\n");
        }

        _text.Append("\nFrom the moment that the backend writes an event to the moment that the client has read it, by one clock. Without a proxy the client itself speaks TLS.\n");
    }
}
