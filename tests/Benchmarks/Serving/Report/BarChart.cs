using System.Globalization;
using System.Text;
using Zakenak.Benchmarks.Serving.Workloads;

namespace Zakenak.Benchmarks.Serving.Report;

/// <summary>The deciding figures as an SVG: one group of bars for each workload, longest bar = largest figure of its group.</summary>
internal static class BarChart
{
    private const int Width = 900;
    private const int BarLeft = 220;
    private const int BarWidth = 520;
    private const int Row = 24;
    private static readonly string[] _colors = ["#2f6f4f", "#b0b7bd", "#c98f3a", "#6a7fb5"];

    public static string Draw(RunReport report)
    {
        var height = 20 + report.Workloads.Sum(w => 34 + (Row * w.Peers.Count));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n")
            .Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>\n");
        var y = 24;
        foreach (var workload in report.Workloads)
        {
            var measure = Enum.Parse<Measure>(workload.Measure);
            var largest = workload.Peers.Max(p => p.Figure(measure));
            Text(10, y, $"{workload.Workload}: {Unit(measure)}", "bold");
            y += 10;
            foreach (var (index, peer) in workload.Peers.Index())
            {
                var figure = peer.Figure(measure);
                var bar = largest > 0 ? figure / largest * BarWidth : 0;
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{BarLeft}\" y=\"{y}\" width=\"{bar:0.0}\" height=\"{Row - 6}\" fill=\"{_colors[index % _colors.Length]}\"/>\n");
                Text(10, y + 14, peer.Peer, "normal");
                Text(BarLeft + bar + 6, y + 14, figure.ToString("0.##", CultureInfo.InvariantCulture), "normal");
                y += Row;
            }

            y += 24;
        }

        return svg.Append("</svg>\n").ToString();

        void Text(double x, double at, string text, string weight) =>
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.0}\" y=\"{at:0.0}\" font-weight=\"{weight}\">{System.Net.WebUtility.HtmlEncode(text)}</text>\n");
    }

    private static string Unit(Measure measure) => measure switch
    {
        Measure.TokensPerSecond => "tokens a second (more is better)",
        Measure.TtftP95 => "time to first token, p95, ms (less is better)",
        Measure.WorstGap => "longest gap between tokens, ms (less is better)",
        _ => "time to first token, p95, over an idle server's (less is better)",
    };
}
