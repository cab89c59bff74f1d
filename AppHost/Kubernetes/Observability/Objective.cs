using System.Text;

namespace Zakenak.AppHost.Kubernetes.Observability;

/// <summary>
/// A service level objective: the share of bad events that is allowed, and alerts on how fast that is used up, each over a long
/// and a short window at once (Google's SRE workbook, "Alerting on SLOs", multiwindow, multi-burn-rate): soon when it is bad, later when it is slow, over when it is over.
/// </summary>
/// <param name="Alert">The alerts' name.</param>
/// <param name="Record">What the share is recorded as, with the window behind.</param>
/// <param name="Share">The share of bad events over the window <c>$window</c>, in PromQL, by namespace.</param>
/// <param name="Budget">The share that is allowed, as Helm fills it in.</param>
/// <param name="Summary">What is wrong.</param>
internal sealed record Objective(string Alert, string Record, string Share, string Budget, string Summary)
{
    private static readonly string[] _windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];

    // How many times faster than allowed, over which windows: 2 % of a month's budget in an hour or 5 % in six; 10 % in a day or in three.
    private static readonly (string Severity, string For, (string Rate, string Long, string Short)[] Burns)[] _alerts =
    [
        ("critical", "2m", [("14.4", "1h", "5m"), ("6", "6h", "30m")]),
        ("warning", "15m", [("3", "1d", "2h"), ("1", "3d", "6h")]),
    ];

    public void WriteRecords(StringBuilder rules)
    {
        foreach (var window in _windows)
            rules.AppendRecord($"{Record}_rate{window}", Share.Replace("$window", window, StringComparison.Ordinal));
    }

    public void WriteAlerts(StringBuilder rules)
    {
        foreach (var (severity, duration, burns) in _alerts)
        {
            var expression = string.Join(" or ", burns.Select(burn => $"({Record}_rate{burn.Long} > {burn.Rate} * {Budget} and {Record}_rate{burn.Short} > {burn.Rate} * {Budget})"));
            rules.AppendAlert(new Alert(Alert, severity, duration, expression, Summary));
        }
    }
}
