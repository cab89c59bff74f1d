using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>Asks the policy in force which replica a request goes to.</summary>
internal sealed class ReplicaChooser
{
    private readonly LiveOptions<RoutingOptions> _options;
    private readonly IReplicaPolicy[] _policies = new IReplicaPolicy[Enum.GetValues<PolicyName>().Length];

    public ReplicaChooser(IEnumerable<IReplicaPolicy> policies, LiveOptions<RoutingOptions> options)
    {
        _options = options;
        foreach (var policy in policies)
            _policies[(int)policy.Name] = policy;
    }

    /// <summary>What policies have to know of a request; reads the prompt, so it is asked before any lock is taken.</summary>
    public ReplicaQuestion Ask(InferenceRequest request)
    {
        var options = _options.Current;
        var route = request.Route!;
        return new ReplicaQuestion(PolicyFor(route, options).TakesPrefix ? PrefixOf(request, options) : 0, request.Body!.Length, route.NextTurn());
    }

    /// <summary>One of the candidates, of which there is at least one.</summary>
    public ModelServer Choose(ModelRoute route, in ReplicaQuestion question, ReadOnlySpan<ModelServer> candidates)
    {
        var options = _options.Current;
        return candidates[PolicyFor(route, options).Choose(question, candidates, options)];
    }

    private IReplicaPolicy PolicyFor(ModelRoute route, RoutingOptions options) => _policies[(int)options.PolicyOf(route.Model.Name)];

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
