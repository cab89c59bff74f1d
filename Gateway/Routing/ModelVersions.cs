namespace Zakenak.Gateway.Routing;

/// <summary>What a client's word for a model can mean: the versions of a name, or the one version that it pins.</summary>
/// <param name="Name">Without a version.</param>
/// <param name="Routes">The newest first; never empty.</param>
/// <param name="IsPinned">Whether the word itself says which version.</param>
internal sealed record ModelVersions(string Name, IReadOnlyList<ModelRoute> Routes, bool IsPinned);
