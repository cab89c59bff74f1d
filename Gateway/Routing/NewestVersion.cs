using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Routing;

/// <summary>The newest version that is served. A model server serves only what policy permits, so it is the newest approved one.</summary>
internal sealed class NewestVersion : IVersionChoice
{
    public ModelRoute Choose(InferenceRequest request, ModelVersions versions) => versions.Routes[0];
}
