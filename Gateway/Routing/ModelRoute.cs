namespace Zakenak.Gateway.Routing;

/// <summary>A version and the replicas that serve it.</summary>
internal sealed class ModelRoute(ModelVersion model, IReadOnlyList<ModelServer> servers)
{
    private uint _turn;

    public ModelVersion Model => model;

    public IReadOnlyList<ModelServer> Servers => servers;

    /// <summary>The replica that answers the fewest requests for us, in turn among equals; null when all were tried.</summary>
    public ModelServer? Choose(IReadOnlyCollection<ModelServer>? tried = null)
    {
        ModelServer? best = null;
        var first = Interlocked.Increment(ref _turn);
        for (var i = 0; i < servers.Count; i++)
        {
            var server = servers[(int)((first + (uint)i) % (uint)servers.Count)];
            if (tried?.Contains(server) != true && (best is null || server.Running < best.Running))
                best = server;
        }

        return best;
    }
}
