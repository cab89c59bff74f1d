using Zakenak.ModelTrust.Policy;

namespace Zakenak.ModelRegistry;

/// <summary>A request to change a version, by a caller that may do so.</summary>
/// <param name="Caller">Its SPIFFE id.</param>
/// <param name="Rule">Of the model, by the policy of this moment.</param>
internal sealed record VersionRequest(string Caller, VersionKey Key, ModelRule Rule);
