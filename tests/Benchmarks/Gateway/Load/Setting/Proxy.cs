namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>One of those that are compared.</summary>
/// <param name="Name">In the report.</param>
/// <param name="Url">Where it listens, plain HTTP.</param>
internal sealed record Proxy(string Name, Uri Url, Child Process);
