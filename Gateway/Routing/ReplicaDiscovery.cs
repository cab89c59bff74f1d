using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Zakenak.Gateway.Routing;

/// <summary>All addresses of a name; fails as <see cref="Dns"/> does.</summary>
internal delegate Task<IPAddress[]> ResolveName(string name, CancellationToken cancellation);

/// <summary>Looks again and again where names of replicas lead. Who answers there is not believed for the name: TLS asks for the SPIFFE id.</summary>
internal sealed partial class ReplicaDiscovery(
    ModelServers servers, ModelCatalogue catalogue, ResolveName resolve, IOptions<ModelServersOptions> options, TimeProvider time, ILogger<ReplicaDiscovery> logger)
    : BackgroundService
{
    /// <summary>An answer with more was not meant for us; each one is asked every few seconds.</summary>
    private const int MaxAddresses = 256;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(servers.Names.Select((name, entry) => name is null ? Task.CompletedTask : FollowAsync(name, entry, stoppingToken)));

    private async Task FollowAsync(ReplicaName name, int entry, CancellationToken stopping)
    {
        var retry = options.Value.RetryDelay;
        string? fault = null;
        try
        {
            while (true)
            {
                var (addresses, failed) = await LookUpAsync(name, stopping);
                if (failed is not null && failed != fault)
                    LookupFailed(logger, name, failed);
                fault = failed;
                Take(name, entry, addresses);
                await Task.Delay(failed is null ? options.Value.ResolveInterval : retry, time, stopping);
                retry = failed is null ? options.Value.RetryDelay : Min(retry * 2, options.Value.ResolveInterval);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private void Take(ReplicaName name, int entry, IReadOnlyList<Uri>? addresses)
    {
        var (came, went) = servers.Update(entry, addresses);
        if (came.Count + went.Count == 0)
            return;
        Changed(logger, name, string.Join(", ", came.Select(s => s.Origin)), string.Join(", ", went.Select(s => s.Origin)));
        if (went.Count > 0)
            catalogue.Rebuild();
        foreach (var server in went)
            server.Retire();
    }

    /// <summary>No addresses where the name leads nowhere; null where that couldn't be found out.</summary>
    private async Task<(IReadOnlyList<Uri>? Addresses, string? Fault)> LookUpAsync(ReplicaName name, CancellationToken stopping)
    {
        try
        {
            var found = await resolve(name.Host, stopping).WaitAsync(options.Value.PollTimeout, time, stopping);
            return ([.. found.Take(MaxAddresses).Select(name.AddressOf).Distinct()], null);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return ([], "it has no address: no replica is ready, or the name is wrong.");
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return (null, e.Message);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    [LoggerMessage(LogLevel.Information, "{Name} leads elsewhere: came {Came}, went {Went}.")]
    private static partial void Changed(ILogger logger, ReplicaName name, string came, string went);

    [LoggerMessage(LogLevel.Warning, "Failed to look up {Name}, and go on with the replicas that answer: {Reason}")]
    private static partial void LookupFailed(ILogger logger, ReplicaName name, string reason);
}
