using Microsoft.Extensions.Options;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelServer.Fetching;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelTrust;

namespace Zakenak.ModelServer.Watching;

/// <summary>
/// Keeps in the model's folder what the registry confirmed and when, for the next start. In a pod that folder may be read-only; then the
/// next start knows what the fetch knew, which is older and so only stricter.
/// </summary>
public sealed class Confirmation(IOptions<ModelOptions> model, IOptions<RegistryOptions> registry, TimeProvider time, ILogger<Confirmation> logger)
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    // Every write is a flush of the disk; to be behind by this much costs as much of the grace.
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromMinutes(1);

    private byte[] _stage = [];
    private long? _written;
    private bool _failed;

    private TimeSpan Interval => s_longestInterval < registry.Value.UnreachableGrace / 10 ? s_longestInterval : registry.Value.UnreachableGrace / 10;

    /// <summary>The registry has just given this statement, and it counts.</summary>
    public void Keep(ReadOnlyMemory<byte> stageEnvelope)
    {
        var isNew = !stageEnvelope.Span.SequenceEqual(_stage);
        if (!isNew && _written is { } last && time.GetElapsedTime(last) < Interval)
        {
            return;
        }

        var folder = model.Value.Directory;
        var refusal = (isNew ? AtomicFile.Write(Path.Combine(folder, "stage.json"), stageEnvelope.Span, ReadOnly) : null)
            ?? (FetchedModel.Read(folder).Value is { } fetched ? (fetched with { RegistryConfirmedAt = time.GetUtcNow() }).Write(folder) : null);
        (_stage, _written) = (stageEnvelope.ToArray(), time.GetTimestamp());
        Report(refusal);
    }

    /// <summary>The registry gave these attestations, and with them the version may be served.</summary>
    public void Keep(byte[][] attestations) => Report(FetchedModel.WriteAttestations(model.Value.Directory, attestations));

    private void Report(Refusal? refusal)
    {
        if (refusal is not null && !_failed)
        {
            Log.NotKept(logger, refusal.Message);
        }

        _failed = refusal is not null;
    }
}
