using Zakenak.Engine;
using Zakenak.ModelServer.Watching;

namespace Zakenak.ModelServer.Loading;

/// <summary>A verified model in memory, not started yet.</summary>
/// <param name="Name">Inside the signed content.</param>
/// <param name="Version">Inside the signed content.</param>
/// <param name="Digest">Root digest of the signed statement, <c>sha256:HEX</c>.</param>
/// <param name="Sampling">For requests that don't say how tokens are chosen.</param>
/// <param name="Backend">Its weights and their context.</param>
/// <param name="Bytes">What the weights are mapped from; disposed after the backend.</param>
public sealed record OpenedModel(
    string Name, string Version, string Digest, SamplingDefaults Sampling, ILlamaBackend Backend, IDisposable? Bytes) : IDisposable
{
    /// <summary>By what it may be served, and for how long; null in tests that ask nobody.</summary>
    public VersionStanding? Standing { get; init; }

    public void Dispose()
    {
        Backend.Dispose();
        Bytes?.Dispose();
    }
}
