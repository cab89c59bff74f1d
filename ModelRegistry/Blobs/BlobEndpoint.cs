using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary><c>HEAD|GET /v1/blobs/{digest}</c>: the bytes, whole or one range of them. They never change, and their name says what they are.</summary>
internal sealed class BlobEndpoint(BlobStore blobs)
{
    private static readonly Refusal _notFound = new(StatusCodes.Status404NotFound, "blob_not_found", "There is no such blob.");

    private static readonly Refusal _range = new(
        StatusCodes.Status416RangeNotSatisfiable, "range_not_satisfiable", "The blob does not reach to this range; Content-Range says its size.");

    public async Task AnswerAsync(HttpContext context)
    {
        if (!BlobDigest.TryParse((string?)context.GetRouteValue("digest"), out var digest))
        {
            await context.RefuseAsync(RegistryRefusals.DigestMalformed).ConfigureAwait(false);
            return;
        }

        if (blobs.LengthOf(digest) is null)
        {
            await context.RefuseAsync(_notFound).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        PhysicalFileHttpResult file = TypedResults.PhysicalFile(
            blobs.PathOf(digest), "application/octet-stream", entityTag: new EntityTagHeaderValue($"\"{digest}\""), enableRangeProcessing: true);
        await file.ExecuteAsync(context).ConfigureAwait(false);
        if (context.Response is { StatusCode: StatusCodes.Status416RangeNotSatisfiable, HasStarted: false })
        {
            context.Response.ContentLength = null;
            await context.RefuseAsync(_range).ConfigureAwait(false);
        }
    }
}
