using EmbeddedHost.Orchestration;

namespace EmbeddedHost.Health;

/// <summary>Asks one replica how it is, for as long as its process runs.</summary>
internal sealed class HealthWatch(
    IReadOnlyList<HttpHealthCheck> checks, HttpClient client, Func<string, int> portOf, OrchestrationOptions options, TimeProvider time)
{
    private static readonly TimeSpan _shortestInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Reports the answers of all checks, again and again, until it is over. Without checks there is nothing to report.</summary>
    public async Task RunAsync(DateTimeOffset startedAt, Action<IReadOnlyList<HealthReport>> report, CancellationToken over)
    {
        if (checks.Count == 0)
            return;

        try
        {
            var wasHealthy = false;
            while (true)
            {
                var reports = await Task.WhenAll(checks.Select(
                    check => check.CheckAsync(client, portOf(check.Endpoint.EndpointName), options.HealthCheckTimeout, over))).ConfigureAwait(false);
                over.ThrowIfCancellationRequested();
                report(reports);
                wasHealthy |= reports.All(item => item.IsHealthy);
                await Task.Delay(wasHealthy ? options.HealthCheckInterval : IntervalSince(startedAt), time, over).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The process ended.
        }
    }

    // Often at first, for that is the time a person waits for; less and less for one that takes long or never will be healthy.
    private TimeSpan IntervalSince(DateTimeOffset startedAt)
    {
        var interval = (time.GetUtcNow() - startedAt) / 20;
        return interval < _shortestInterval ? _shortestInterval : interval < options.HealthCheckInterval ? interval : options.HealthCheckInterval;
    }
}
