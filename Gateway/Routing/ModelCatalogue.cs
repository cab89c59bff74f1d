using System.Collections.Frozen;

namespace Zakenak.Gateway.Routing;

/// <summary>Which models are served, and by whom: rebuilt whenever a model server's answer changes.</summary>
internal sealed partial class ModelCatalogue(ModelServers servers, TimeProvider time, ILogger<ModelCatalogue> logger)
{
    /// <summary>More names than this were not typed by an operator.</summary>
    private const int MaxRemembered = 4096;

    private static readonly TimeSpan _lookAgain = TimeSpan.FromMilliseconds(50);

    private readonly Lock _rebuild = new();
    private readonly HashSet<string> _everServed = new(StringComparer.Ordinal);
    private volatile Snapshot _current = Snapshot.Nothing;

    /// <summary>All versions served now, by name and then the newest first.</summary>
    public IReadOnlyList<ModelVersion> Models => _current.Models;

    /// <summary>The route of <c>name:vN</c>, or of a bare name: the newest version that is served.</summary>
    public ModelRoute? Find(string model) => _current.Routes.GetValueOrDefault(model);

    /// <summary>Whether the answer "no such model" would be a guess: it was served before, or nothing is served at all.</summary>
    public bool MayComeBack(string model)
    {
        if (_current.Models.Count == 0)
            return true;
        lock (_rebuild)
            return _everServed.Contains(model);
    }

    /// <summary>The route once it is there, for a model that may come back; null when it is not within <paramref name="patience"/>.</summary>
    public async ValueTask<ModelRoute?> WaitForAsync(string model, TimeSpan patience, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (MayComeBack(model) && time.GetElapsedTime(start) < patience && !cancellation.IsCancellationRequested)
        {
            foreach (var server in servers)
            {
                if (server.Models is not { Count: > 0 })
                    server.AskNow();
            }

            await Task.Delay(_lookAgain, time, CancellationToken.None);
            if (Find(model) is { } route)
                return route;
        }

        return null;
    }

    /// <summary>Takes over what the servers say now.</summary>
    public void Rebuild()
    {
        lock (_rebuild)
        {
            var byId = new Dictionary<string, (ModelVersion Model, List<ModelServer> Servers)>(StringComparer.Ordinal);
            foreach (var server in servers)
            {
                foreach (var model in server.Models ?? [])
                {
                    if (!byId.TryGetValue(model.Id, out var known))
                        byId[model.Id] = (model, [server]);
                    else if (known.Model.Digest == model.Digest)
                        known.Servers.Add(server);
                    else
                        DigestsDiffered(logger, model.Id, server.Origin, model.Digest, known.Servers[0].Origin, known.Model.Digest);
                }
            }

            var routes = new Dictionary<string, ModelRoute>(StringComparer.Ordinal);
            var models = new List<ModelVersion>();
            foreach (var (id, (model, serving)) in byId.OrderBy(m => m.Value.Model.Name, StringComparer.Ordinal)
                .ThenByDescending(m => m.Value.Model.Number))
            {
                models.Add(model);
                routes[id] = new ModelRoute(model, serving);
                routes.TryAdd(model.Name, routes[id]);
                if (_everServed.Count < MaxRemembered)
                {
                    _everServed.Add(id);
                    _everServed.Add(model.Name);
                }
            }

            _current = new Snapshot(routes.ToFrozenDictionary(StringComparer.Ordinal), models);
        }
    }

    private sealed record Snapshot(FrozenDictionary<string, ModelRoute> Routes, IReadOnlyList<ModelVersion> Models)
    {
        public static Snapshot Nothing { get; } = new(FrozenDictionary<string, ModelRoute>.Empty, []);
    }

    [LoggerMessage(LogLevel.Error, "Left out {Server} for {Model}: it serves digest {Digest}, but {Other} serves {OtherDigest}. A version never changes.")]
    private static partial void DigestsDiffered(ILogger logger, string model, string server, string digest, string other, string otherDigest);
}
