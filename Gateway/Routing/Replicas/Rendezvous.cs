namespace Zakenak.Gateway.Routing.Replicas;

/// <summary>
/// Consistent hashing by highest random weight (Thaler and Ravishankar, 1998): every prompt ranks all replicas, each by a hash of both. A
/// replica that comes or goes moves only the prompts that rank it first. No ring is kept, and the second choice is as even as the first.
/// </summary>
internal static class Rendezvous
{
    public static ulong Weight(ulong prefix, ModelServer server) => StableHash.Mix(prefix ^ server.Key);
}
