using Aspire.Hosting.ApplicationModel;
using EmbeddedHost.Orchestration;

namespace EmbeddedHost.Terminal;

/// <summary>The table that is shown when everything is ready.</summary>
internal static class ResourceTable
{
    public static string Format(IReadOnlyList<ResourceRunner> runners, string? dashboardUrl, TerminalOutput output)
    {
        var rows = new List<(string Resource, string State, Func<string, string> Color, string Url)>();
        foreach (var runner in runners)
        {
            var worst = (runner.Replicas.FirstOrDefault(replica => !replica.Status.IsReady) ?? runner.Replicas[0]).Status.State;
            var state = StateNames.Of(worst) + (runner.Replicas.Count > 1 ? $" ×{runner.Replicas.Count}" : "");
            Func<string, string> color = worst switch
            {
                ReplicaState.Running => output.Green,
                ReplicaState.Exited or ReplicaState.Stopped => output.Dim,
                ReplicaState.FailedToStart or ReplicaState.Backoff => output.Red,
                _ => output.Yellow,
            };
            var urls = runner.Urls.Where(url => url.DisplayLocation == UrlDisplayLocation.SummaryAndDetails)
                .Select(url => url.DisplayText is { } text ? $"{url.Url}  ({text})" : url.Url)
                .DefaultIfEmpty("").ToArray();
            rows.Add((runner.Name, state, color, urls[0]));
            rows.AddRange(urls.Skip(1).Select(url => ("", "", (Func<string, string>)output.Dim, url)));
        }

        var name = Math.Max("resource".Length, rows.Max(row => row.Resource.Length));
        var width = Math.Max("state".Length, rows.Max(row => row.State.Length));
        var lines = new List<string> { output.Bold($"  {"resource".PadRight(name)}  {"state".PadRight(width)}  url") };
        lines.AddRange(rows.Select(row => $"  {row.Resource.PadRight(name)}  {row.Color(row.State.PadRight(width))}  {row.Url}".TrimEnd()));
        if (dashboardUrl is not null)
            lines.Add($"{Environment.NewLine}  dashboard  {dashboardUrl}");

        return string.Join(Environment.NewLine, lines);
    }
}
