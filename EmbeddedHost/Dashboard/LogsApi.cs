using EmbeddedHost.Orchestration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EmbeddedHost.Dashboard;

/// <summary>The console logs as a stream: what is kept, then what comes.</summary>
internal static class LogsApi
{
    // One event's lines; a full ring goes out in several, so that the page shows the first ones at once.
    private const int MaxLinesAtOnce = 500;

    public static void Map(IEndpointRouteBuilder app, DashboardAccess access, Orchestrator orchestrator) =>
        app.MapGet("/api/logs", context =>
        {
            if (!access.IsLoggedIn(context))
                return RequestGuard.Refuse(context, StatusCodes.Status401Unauthorized, "Log in first.");

            var name = context.Request.Query["resource"].ToString();
            var replicas = orchestrator.Runners.Where(runner => name.Length == 0 || string.Equals(runner.Name, name, StringComparison.OrdinalIgnoreCase))
                .SelectMany(runner => runner.Replicas).ToArray();
            return replicas.Length == 0
                ? RequestGuard.Refuse(context, StatusCodes.Status404NotFound, "There is no such resource.")
                : StreamAsync(context, replicas);
        });

    private static async Task StreamAsync(HttpContext context, Replica[] replicas)
    {
        var stream = EventStream.Begin(context);
        var read = new long[replicas.Length];
        try
        {
            while (true)
            {
                var lines = new List<LogView>();
                for (var i = 0; i < replicas.Length; i++)
                {
                    var entries = replicas[i].Log.After(read[i]);
                    if (entries.Count == 0)
                        continue;

                    // The first line ever read may follow others that are gone; only a gap behind what this page has seen is news.
                    if (read[i] > 0 && entries[0].Number > read[i] + 1)
                        lines.Add(new(replicas[i].Name, entries[0].Time, $"… {entries[0].Number - read[i] - 1} lines came too fast and are gone", true));
                    lines.AddRange(entries.Select(entry => new LogView(replicas[i].Name, entry.Time, entry.Text, entry.IsError)));
                    read[i] = entries[^1].Number;
                }

                foreach (var batch in lines.OrderBy(line => line.Time).Chunk(MaxLinesAtOnce))
                    await stream.SendAsync(batch).ConfigureAwait(false);

                using var others = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
                var more = Task.WhenAny(replicas.Select((replica, i) => replica.Log.WaitAfterAsync(read[i], others.Token)));
                while (!await stream.WaitAsync(more).ConfigureAwait(false))
                {
                    // Silence: the page was told that we are still here.
                }

                await others.CancelAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
    }

    /// <summary>One line as the page shows it.</summary>
    private sealed record LogView(string Source, DateTimeOffset Time, string Text, bool IsError);
}
