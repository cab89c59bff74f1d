using Zakenak.ModelTrust;

namespace Zakenak.ModelServer.Watching;

/// <summary>Who says what became of the version: the registry, or a test.</summary>
public interface IProofSource
{
    /// <summary>The newest stage statement, an envelope that proves itself or doesn't.</summary>
    Task<Result<byte[]>> GetStageAsync(CancellationToken cancellationToken);

    /// <summary>Every attestation that it has, envelopes that prove themselves or don't.</summary>
    Task<Result<byte[][]>> GetAttestationsAsync(CancellationToken cancellationToken);

    /// <summary>Completes when something may have happened to the version since it last completed.</summary>
    Task WaitForEventAsync(CancellationToken cancellationToken);

    /// <summary>Brings the events in until cancelled.</summary>
    Task FollowAsync(CancellationToken cancellationToken);
}
