using Zakenak.ModelServer.Loading;

namespace Zakenak.Services.Tests.ModelServer;

/// <summary>A "verified" model without a file.</summary>
internal sealed class FakeSource(FakeBackend backend, Task? until = null, SamplingDefaults? sampling = null) : IModelSource
{
    public const string Digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    public OpeningResult Open(CancellationToken cancellationToken)
    {
        until?.Wait(cancellationToken);
        return OpeningResult.Opened(new OpenedModel("guide", "v1", Digest, sampling ?? new SamplingDefaults(), backend, null));
    }
}
