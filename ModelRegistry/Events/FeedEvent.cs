using Zakenak.Contracts;

namespace Zakenak.ModelRegistry;

/// <summary>One change of one version, as subscribers get it.</summary>
internal sealed record FeedEvent(long Id, RegistryEvent Data);
