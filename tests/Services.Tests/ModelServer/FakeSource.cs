using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Watching;
using Zakenak.ModelTrust;

namespace Zakenak.Services.Tests.ModelServer;

/// <summary>A "verified" model without a file.</summary>
internal sealed class FakeSource(FakeBackend backend, Task? until = null, SamplingDefaults? sampling = null, VersionStanding? standing = null) : IModelSource
{
    public const string Digest = TestTrust.Digest;

    public async Task<OpeningResult> OpenAsync(Action<Refusal> waiting, CancellationToken cancellationToken)
    {
        await (until ?? Task.CompletedTask).WaitAsync(cancellationToken);
        return OpeningResult.Opened(new OpenedModel("guide", "v1", Digest, sampling ?? new SamplingDefaults(), backend, null) { Standing = standing });
    }
}
