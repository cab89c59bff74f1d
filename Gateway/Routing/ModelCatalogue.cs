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

    /// <summary>Replicas came or went.</summary>
    public event Action? Rebuilt;

    /// <summary>All versions served now, by name and then the newest first.</summary>
    public IReadOnlyList<ModelVersion> Models => _current.Models;

    /// <summary>What a name, <c>name:vN</c> or <c>name@vN</c> means; null where none of it is served.</summary>
    public ModelVersions? Find(string model) => _current.Meanings.GetValueOrDefault(model);

    /// <summary>Whether the answer "no such model" would be a guess: it was served before, or nothing is served at all.</summary>
    public bool MayComeBack(string model)
    {
        if (_current.Models.Count == 0)
            return true;
        lock (_rebuild)
            return _everServed.Contains(model);
    }

    /// <summary>What it means once it is there, for a model that may come back; null when it is not within <paramref name="patience"/>.</summary>
    public async ValueTask<ModelVersions?> WaitForAsync(string model, TimeSpan patience, CancellationToken cancellation)
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
            if (Find(model) is { } versions)
                return versions;
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

            var meanings = new Dictionary<string, ModelVersions>(StringComparer.Ordinal);
            var models = new List<ModelVersion>(byId.Count);
            foreach (var name in byId.Values.GroupBy(m => m.Model.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                ModelRoute[] routes = [.. name.OrderByDescending(m => m.Model.Number).Select(m => new ModelRoute(m.Model, [.. m.Servers]))];
                Add(name.Key, new ModelVersions(name.Key, routes, IsPinned: false));
                foreach (var route in routes)
                {
                    var pinned = new ModelVersions(name.Key, [route], IsPinned: true);
                    Add(route.Model.Id, pinned);
                    Add($"{name.Key}@{route.Model.Version}", pinned);
                    models.Add(route.Model);
                }
            }

            _current = new Snapshot(meanings.ToFrozenDictionary(StringComparer.Ordinal), models);

            void Add(string word, ModelVersions versions)
            {
                meanings.Add(word, versions);
                if (_everServed.Count < MaxRemembered)
                    _everServed.Add(word);
            }
        }

        Rebuilt?.Invoke();
    }

    private sealed record Snapshot(FrozenDictionary<string, ModelVersions> Meanings, IReadOnlyList<ModelVersion> Models)
    {
        public static Snapshot Nothing { get; } = new(FrozenDictionary<string, ModelVersions>.Empty, []);
    }

    [LoggerMessage(LogLevel.Error, "Left out {Server} for {Model}: it serves digest {Digest}, but {Other} serves {OtherDigest}. A version never changes.")]
    private static partial void DigestsDiffered(ILogger logger, string model, string server, string digest, string other, string otherDigest);
}
