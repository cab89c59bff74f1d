using System.Text.RegularExpressions;

namespace Zakenak.Services.Tests.Metrics;

/// <summary>One row of the tables in docs/metrics.md.</summary>
/// <param name="Service">The heading above; null for every service.</param>
public sealed record DocumentedMetric(string? Service, string Name, string Exposed, string Kind, string Unit, IReadOnlyList<string> Labels);

/// <summary>docs/metrics.md, read.</summary>
public static partial class MetricsDocument
{
    /// <param name="service">Only what this service emits.</param>
    public static IReadOnlyList<DocumentedMetric> Read(string? service = null)
    {
        var rows = new List<DocumentedMetric>();
        string? heading = null;
        foreach (var line in File.ReadLines(Document()))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                heading = line[3] == '`' ? line[4..^1] : null;
            }
            else if (Row().Match(line) is { Success: true } row && (service is null || heading is null || heading == service))
            {
                rows.Add(new(heading, row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value, row.Groups[4].Value, [.. row.Groups[5].Captures.Select(label => label.Value)]));
            }
        }

        return rows;
    }

    /// <summary>Names and severities of the table of alerts.</summary>
    public static IEnumerable<string> ReadAlerts() =>
        File.ReadLines(Document()).Select(line => Alert().Match(line)).Where(row => row.Success).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}");

    private static string Document()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Zakenak.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        return Path.Combine(folder.FullName, "docs", "metrics.md");
    }

    [GeneratedRegex(@"^\| `([^`]+)` \| `([^`]+)` \| (\w+) \| (?:`([^`]+)` )?\| (?:(?:, )?`([^`]+)`)* ?\| .+ \|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| `(Zakenak\w+)` \| (critical|warning) \| .+ \|$")]
    private static partial Regex Alert();
}
