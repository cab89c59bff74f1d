using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Routing;

/// <summary>Chooses the version for a request that pins none: here a rollout has its say.</summary>
internal interface IVersionChoice
{
    /// <summary>One of the routes, or null while that can't be said. On the path of every request: no I/O, and hardly an allocation.</summary>
    /// <param name="request">Whose: its client and its body are known.</param>
    /// <param name="versions">All served versions of the model, the newest first; never empty.</param>
    ModelRoute? Choose(InferenceRequest request, ModelVersions versions);
}
