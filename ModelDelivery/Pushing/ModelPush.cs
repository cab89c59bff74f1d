using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelDelivery.Pushing;

/// <summary>
/// Brings a signed folder into the registry: holds every file against what was signed, sends the blobs that are missing there, and names the version last. Broken
/// off at any point, the next run goes on from there; where the registry has the version already, it changes nothing.
/// </summary>
public sealed class ModelPush(RegistryClient client)
{
    private const int FilesAtOnce = 4;

    /// <param name="directory">The model's folder with its <c>model.sig</c>, signed as <c>NAME:vN</c>.</param>
    /// <param name="hashing">Told how far reading the files has come, before the first is sent.</param>
    /// <param name="sending">Told how far sending has come.</param>
    /// <exception cref="OperationCanceledException">Cancelled; what the registry holds so far stays for the next run.</exception>
    public async Task<Result<PushedModel>> RunAsync(
        string directory,
        IProgress<HashProgress>? hashing = null,
        IProgress<TransferProgress>? sending = null,
        TransferOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        try
        {
            var opened = LocalModel.Open(directory);
            if (!opened.IsSuccess)
            {
                return opened.Refusal;
            }

            var model = opened.Value;
            var known = await client.GetVersionAsync(model.Name, model.Version, cancellationToken).ConfigureAwait(false);
            if (known.IsSuccess && known.Value.Digest == model.Digest)
            {
                return new PushedModel(model.Name, model.Version, model.Digest, IsNew: false, 0);
            }

            var refusal = Clash(model, known) ?? model.Check(hashing, cancellationToken);
            return refusal is null ? await SendAsync(model, sending, options ?? TransferOptions.Default, cancellationToken).ConfigureAwait(false) : refusal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.FileUnreadable, $"{directory} can't be read: {e.Message}");
        }
    }

    private static Refusal? Clash(LocalModel model, Result<VersionDocument> known) =>
        known.IsSuccess
            ? new Refusal(
                RefusalCodes.VersionExists,
                $"The registry has {ModelName.Subject(model.Name, model.Version)} with other content ({known.Value.Digest}; this is {model.Digest}), and a version never changes. Sign and push it as the next version.")
        : known.Refusal.Code == RefusalCodes.VersionNotFound ? null
        : known.Refusal;

    private async Task<Result<PushedModel>> SendAsync(
        LocalModel model, IProgress<TransferProgress>? sending, TransferOptions options, CancellationToken cancellationToken)
    {
        var blobs = model.Files.DistinctBy(file => file.Digest).ToList();
        using var patience = new Patience(options.NoProgressTimeout, client.Time, cancellationToken);
        var meter = new TransferMeter(blobs.Count, blobs.Sum(blob => blob.Bytes), sending, patience, client.Time);
        var upload = new BlobUpload(client, options, meter, patience);
        Refusal? refusal = null;
        await Parallel.ForEachAsync(blobs, new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce }, async (blob, _) =>
        {
            if (await upload.RunAsync(blob, model.PathOf(blob)).ConfigureAwait(false) is { } failed)
            {
                Interlocked.CompareExchange(ref refusal, failed, null);
                patience.End();
                return;
            }

            meter.FileDone();
        }).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (refusal is not null)
        {
            return refusal;
        }

        var put = await client.PutVersionAsync(model.Name, model.Version, new PushVersionRequest(model.Files, [model.Bundle]), cancellationToken).ConfigureAwait(false);
        return put.IsSuccess ? new PushedModel(model.Name, model.Version, model.Digest, put.Value.IsNew, meter.Crossed) : put.Refusal;
    }
}
