using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery.Pulling;

/// <summary>
/// Brings a version into a folder: verifies its signature and asks the policy before the first blob, downloads in parallel what is missing, holds every byte against
/// the signed digest, and writes <c>fetched.json</c> last. Broken off at any point, the next run goes on from there.
/// </summary>
public sealed class ModelPull(RegistryClient client)
{
    // A blob's connections are its own; so many small files do not wait for one another either.
    private const int FilesAtOnce = 4;

    private readonly TimeProvider _time = client.Time;

    /// <exception cref="OperationCanceledException">Cancelled; what came so far stays for the next run.</exception>
    public async Task<Result<PulledModel>> RunAsync(PullRequest request, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (ModelName.Check(request.Name, request.Version) is { } badName)
        {
            return badName;
        }

        var document = await client.GetVersionAsync(request.Name, request.Version, cancellationToken).ConfigureAwait(false);
        if (!document.IsSuccess)
        {
            return document.Refusal;
        }

        var confirmedAt = _time.GetUtcNow();
        var plan = PullPlan.Make(request, document.Value);
        if (!plan.IsSuccess)
        {
            return plan.Refusal;
        }

        try
        {
            var opened = PullFolder.Open(request.Destination);
            if (!opened.IsSuccess)
            {
                return opened.Refusal;
            }

            using var folder = opened.Value;
            if (folder.RequireFree(request.Name, request.Version, document.Value.Digest, plan.Value.Blobs) is { } taken)
            {
                return taken;
            }

            using var patience = new Patience(request.Transfer.NoProgressTimeout, _time, cancellationToken);
            var meter = new TransferMeter(plan.Value.Blobs.Sum(blob => blob.Names.Count), plan.Value.Blobs.Sum(blob => blob.Bytes), progress, patience, _time);
            var refusal = await FillAsync(folder, plan.Value, request.Transfer, meter, patience, cancellationToken).ConfigureAwait(false);
            var before = FetchedModel.Read(request.Destination).Value;
            var fetched = new FetchedModel(request.Name, request.Version, document.Value.Digest, before?.FetchedAt ?? _time.GetUtcNow(), confirmedAt);
            refusal ??= folder.Finish(plan.Value.Bundle, document.Value, fetched);
            return refusal is null ? new PulledModel(fetched, plan.Value.Signed, document.Value, meter.Crossed) : refusal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.WriteFailed, $"{request.Destination} can't be written: {e.Message}");
        }
    }

    private async Task<Refusal?> FillAsync(
        PullFolder folder, PullPlan plan, TransferOptions options, TransferMeter meter, Patience patience, CancellationToken cancellationToken)
    {
        var present = plan.Blobs.AsParallel().WithCancellation(cancellationToken).Where(blob => folder.Has(blob, meter, cancellationToken)).ToHashSet();
        var missing = plan.Blobs.Where(blob => !present.Contains(blob)).ToList();
        folder.Clean(keep: missing);
        if (folder.RequireRoom(missing) is { } noRoom)
        {
            return noRoom;
        }

        foreach (var _ in present.SelectMany(blob => blob.Names))
        {
            meter.FileDone();
        }

        patience.Renew();
        using var connections = new SemaphoreSlim(options.Connections);
        var download = new BlobDownload(client, options, connections, meter, patience);
        Refusal? refusal = null;
        await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce }, async (blob, _) =>
        {
            if (await download.RunAsync(blob, folder.PartialOf(blob)).ConfigureAwait(false) is { } failed)
            {
                Interlocked.CompareExchange(ref refusal, failed, null);
                patience.End();
                return;
            }

            foreach (var name in blob.Names)
            {
                meter.FileDone();
            }
        }).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (refusal is null)
        {
            foreach (var blob in missing)
            {
                folder.Place(blob);
            }
        }

        return refusal;
    }
}
