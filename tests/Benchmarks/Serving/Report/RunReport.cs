using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Zakenak.Benchmarks.Serving.Report;

/// <summary>Everything a run found, as JSON for programs and as a table for people.</summary>
internal sealed record RunReport(DateTimeOffset Date, string Machine, string Command, int Rounds, IReadOnlyList<WorkloadResult> Workloads)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string ThisMachine =>
        $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSArchitecture}, {RuntimeInformation.OSDescription}, .NET {Environment.Version}";

    /// <summary>What was typed, but for where keys lie.</summary>
    public static string CommandLine(string[] args) => "serving-benchmark " + string.Join(' ', args.Select((arg, i) =>
        i > 0 && args[i - 1].EndsWith("key-file", StringComparison.Ordinal) ? arg[..(arg.IndexOf('=', StringComparison.Ordinal) + 1)] + "FILE" : arg));

    public string ToJson() => JsonSerializer.Serialize(this, _json) + "\n";

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Date:yyyy-MM-dd}, {Machine}, {Rounds} rounds, peers interleaved: `{Command}`\n\n");
        text.Append("| Workload | Peer | TTFT p50 / p95 / p99, ms | gap p50 / p95 / p99 / worst, ms | total p50 / p95, ms | tokens/s | cached | errors | ratio |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var workload in Workloads)
        {
            foreach (var peer in workload.Peers)
            {
                var ratio = peer == workload.Peers[0] ? string.Join(", ", workload.Ratios.Select(r => Invariant($"{r.Ratio:0.00}× {r.Over}"))) : "";
                text.Append(CultureInfo.InvariantCulture, $"| {workload.Workload} | {peer.Peer} | {Ms(peer.Ttft.P50)} / {Ms(peer.Ttft.P95)} / {Ms(peer.Ttft.P99)} | ")
                    .Append(CultureInfo.InvariantCulture, $"{Ms(peer.Gap.P50)} / {Ms(peer.Gap.P95)} / {Ms(peer.Gap.P99)} / {Ms(peer.Gap.Max)} | {Ms(peer.Total.P50)} / {Ms(peer.Total.P95)} | ")
                    .Append(CultureInfo.InvariantCulture, $"{peer.TokensPerSecond:0.0} | {peer.CachedTokens} | {peer.Errors.Values.Sum()} of {peer.Requests} | {ratio} |\n");
            }
        }

        text.Append('\n');
        foreach (var workload in Workloads)
        {
            var figures = string.Join(", ", workload.Peers.Select(p => Invariant($"{p.Peer} {p.Figure(Enum.Parse<Serving.Workloads.Measure>(workload.Measure)):0.00}")));
            text.Append(CultureInfo.InvariantCulture, $"- **{workload.Workload}** ({workload.Description}): {workload.Measure}: {figures}\n");
        }

        return text.ToString();
    }

    private static string Ms(double value) => value < 10 ? Invariant($"{value:0.0}") : Invariant($"{value:0}");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
