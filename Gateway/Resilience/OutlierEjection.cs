using Zakenak.Gateway.Routing;

namespace Zakenak.Gateway.Resilience;

/// <summary>
/// Finds the replica that fails more than its peers do. Other than a circuit it compares: where all fail alike, the fault lies with the
/// requests or behind the replicas, and ejecting some would only load the others.
/// </summary>
internal static class OutlierEjection
{
    /// <summary>Whether a replica that just failed is to be ejected.</summary>
    /// <param name="peers">All replicas of the version, itself included.</param>
    /// <param name="part">A sixth of the window, in ticks of the clock.</param>
    public static bool IsDue(ModelServer server, ReadOnlySpan<ModelServer> peers, ResilienceOptions options, long now, long part)
    {
        var (own, ownFailures) = server.Health.Window.Count(now, part);
        if (own < options.EjectionMinRequests)
            return false;
        var (requests, failures, ejected) = (0, 0, 0);
        foreach (var peer in peers)
        {
            if (peer == server)
                continue;
            var (r, f) = peer.Health.Window.Count(now, part);
            (requests, failures) = (requests + r, failures + f);
            ejected += peer.Health.IsEjected(now) ? 1 : 0;
        }

        var others = requests == 0 ? 0 : failures / (double)requests;
        return ejected + 1 <= options.MaxEjectedShare * peers.Length && (ownFailures / (double)own) - others >= options.EjectionMargin;
    }
}
