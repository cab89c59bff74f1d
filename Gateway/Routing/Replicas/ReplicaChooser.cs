using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>
/// Chooses the replica of a request and counts the request in, both under one lock: two requests at the same moment would else see the
/// same least busy replica, and the bounds of <see cref="PrefixAffinity"/> would hold nearly. A choice takes a microsecond or two.
/// </summary>
internal sealed class ReplicaChooser
{
    private readonly Lock _gate = new();
    private readonly LiveOptions<RoutingOptions> _options;
    private readonly IReplicaPolicy[] _policies = new IReplicaPolicy[Enum.GetValues<PolicyName>().Length];
    private ModelServer[] _candidates = new ModelServer[16];

    public ReplicaChooser(IEnumerable<IReplicaPolicy> policies, LiveOptions<RoutingOptions> options)
    {
        _options = options;
        foreach (var policy in policies)
            _policies[(int)policy.Name] = policy;
    }

    /// <summary>The replica to ask, with the request counted in; null when all were tried.</summary>
    public ModelServer? TryEnter(InferenceRequest request, ICollection<ModelServer>? tried = null)
    {
        var options = _options.Current;
        var route = request.Route!;
        var policy = _policies[(int)options.PolicyOf(route.Model.Name)];
        var question = new ReplicaQuestion(policy.TakesPrefix ? PrefixOf(request, options) : 0, request.Body!.Length, route.NextTurn());
        lock (_gate)
        {
            if (_candidates.Length < route.Servers.Length)
                _candidates = new ModelServer[route.Servers.Length];
            var count = 0;
            foreach (var server in route.Servers)
            {
                if (tried?.Contains(server) != true)
                    _candidates[count++] = server;
            }

            if (count == 0)
                return null;
            var candidates = _candidates.AsSpan(0, count);
            var chosen = candidates[policy.Choose(question, candidates, options)];
            chosen.Enter();
            return chosen;
        }
    }

    /// <summary>Whether all replicas of a route have as much to do as they should.</summary>
    public static bool AllBusy(ModelRoute route, RoutingOptions options)
    {
        foreach (var server in route.Servers)
        {
            if (server.Busyness < options.BusyAt)
                return false;
        }

        return true;
    }

    /// <summary>A model server shares cells of a prompt among the requests of one key only, so the key is part of what is alike.</summary>
    private static ulong PrefixOf(InferenceRequest request, RoutingOptions options)
    {
        if (!request.Api!.Streams)
            return 0;
        var prefix = request.Body!.Fields.PromptPrefix;
        var bytes = request.Body.Bytes[prefix];
        if (bytes.Length > options.PrefixBytes)
            bytes = bytes[..options.PrefixBytes];
        return bytes.IsEmpty ? 0 : StableHash.Of(bytes, StableHash.Of(request.Client!.KeyId, seed: 0)) | 1;
    }
}
