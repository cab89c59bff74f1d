using Microsoft.Extensions.Options;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Screening;

namespace Zakenak.Gateway.Routing;

/// <summary>Asks every model server what it serves, again and again, and quickly again after a failure.</summary>
internal sealed partial class ModelServerPoller(
    ModelServers servers, ModelCatalogue catalogue, ModelServerClient client, ReplicaGate gate, IOptions<ModelServersOptions> options, TimeProvider time,
    ILogger<ModelServerPoller> logger)
    : BackgroundService
{
    private const int MaxAnswerBytes = 1024 * 1024;

    /// <summary>A server that is slow once is busy; a server that is slow again has a problem. One that can't be reached is gone at once.</summary>
    private const int ToleratedFailures = 1;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var polls = new Dictionary<ModelServer, Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = servers.Changed;
            foreach (var server in servers)
            {
                if (!polls.ContainsKey(server))
                    polls[server] = PollAsync(server, stoppingToken);
            }

            await Task.WhenAny([.. polls.Values, changed.WaitAsync(stoppingToken)]);
            foreach (var (server, poll) in polls.Where(p => p.Value.IsCompleted))
            {
                polls.Remove(server);
                await poll;
            }
        }
    }

    private async Task PollAsync(ModelServer server, CancellationToken stopping)
    {
        var delay = options.Value.RetryDelay;
        var failures = 0;
        while (!stopping.IsCancellationRequested && !server.IsRetired)
        {
            try
            {
                var models = await AskAsync(server, stopping);
                if (server.Models is null)
                    ServerAnswered(logger, server.Origin, string.Join(", ", models.Select(m => m.Id)));
                failures = 0;
                // One that serves nothing is loading.
                delay = models.Count == 0 ? options.Value.RetryDelay : options.Value.PollInterval;
                Take(server, models);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or InvalidDataException or IOException)
            {
                failures++;
                if (server.Models is not null || failures == 1)
                    ServerFailed(logger, server.Origin, e.InnerException?.Message ?? e.Message);
                if (ConnectionFault.Is(e) || failures > ToleratedFailures || !server.WasAsked)
                    Take(server, null);
                delay = failures == 1 ? options.Value.RetryDelay : Min(delay * 2, options.Value.PollInterval);
            }

            await server.WaitAsync(delay, time, stopping);
        }
    }

    private async Task<IReadOnlyList<ModelVersion>> AskAsync(ModelServer server, CancellationToken stopping)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(options.Value.PollTimeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.ModelList)
        {
            Version = System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.Invoker.SendAsync(request, deadline.Token);
        server.TakeLoad(response);
        if (!response.IsSuccessStatusCode)
            throw new InvalidDataException($"It answered with status {(int)response.StatusCode}.");
        await using var stream = await response.Content.ReadAsStreamAsync(deadline.Token);
        if (await BoundedBody.ReadAsync(stream, response.Content.Headers.ContentLength, MaxAnswerBytes, deadline.Token) is not var (buffer, length))
            throw new InvalidDataException($"Its list of models is larger than {MaxAnswerBytes} bytes.");
        var models = ModelList.Read(buffer.AsSpan(0, length));
        System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        return models;
    }

    private void Take(ModelServer server, IReadOnlyList<ModelVersion>? models)
    {
        var same = server.WasAsked && (models is null ? server.Models is null : server.Models is { } known && known.SequenceEqual(models));
        if (server.WasAsked && server.Models is null && models is not null)
            gate.Reset(server);
        server.Models = models;
        if (!same)
            catalogue.Rebuild();
        server.WasAsked = true;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    [LoggerMessage(LogLevel.Information, "Reached model server {Server}: it serves {Models}.")]
    private static partial void ServerAnswered(ILogger logger, string server, string models);

    [LoggerMessage(LogLevel.Warning, "Failed to ask model server {Server} what it serves: {Reason}")]
    private static partial void ServerFailed(ILogger logger, string server, string reason);
}
