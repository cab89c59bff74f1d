using Zakenak.Contracts;

namespace Zakenak.ModelDelivery;

/// <summary>An event of the registry.</summary>
/// <param name="Id">To go on from after a break; it only grows.</param>
/// <param name="Event">What happened.</param>
public sealed record WatchedEvent(string Id, RegistryEvent Event);
