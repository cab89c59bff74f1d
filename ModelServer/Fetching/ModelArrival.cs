using Microsoft.Extensions.Options;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelTrust;

namespace Zakenak.ModelServer.Fetching;

/// <summary>
/// The model, from its folder if a fetch finished there, at once and whoever else is up; else fetched first. Where only a word is missing,
/// such as an approval, it waits for that and asks again; bytes that are wrong are refused for good.
/// </summary>
public sealed class ModelArrival(FetchedFolder folder, ModelFetcher? fetcher, IOptions<ModelOptions> model, TimeProvider time, ILogger<ModelArrival> logger) : IModelSource
{
    // Somebody waits for this: a person who has just promoted the version, or the first start of a suite.
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<OpeningResult> OpenAsync(Action<Refusal> waiting, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(waiting);
        if (fetcher is null)
        {
            return await OpenFolderAsync(cancellationToken).ConfigureAwait(false);
        }

        for (var isComplete = FetchedModel.Read(model.Value.Directory).IsSuccess; ; isComplete = false)
        {
            var refusal = isComplete ? null : await FetchAsync(fetcher, cancellationToken).ConfigureAwait(false);
            if (refusal is null)
            {
                var opening = await OpenFolderAsync(cancellationToken).ConfigureAwait(false);
                if (!opening.MayChange)
                {
                    return opening;
                }

                refusal = opening.Refusal!;
            }

            if (refusal.Code == RefusalCodes.Revoked)
            {
                return OpeningResult.Refused(refusal);
            }

            waiting(refusal);
            await Task.Delay(s_askAgain, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<OpeningResult> OpenFolderAsync(CancellationToken cancellationToken) => Task.Run(() => folder.Open(cancellationToken), cancellationToken);

    private async Task<Refusal?> FetchAsync(ModelFetcher registry, CancellationToken cancellationToken)
    {
        var fetched = await registry.FetchAsync(null, cancellationToken).ConfigureAwait(false);
        if (fetched.IsSuccess)
        {
            Log.Fetched(logger, model.Value.Id, fetched.Value.Fetched.Digest, fetched.Value.BytesTransferred);
        }

        return fetched.Refusal;
    }
}
