using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary><c>/v1/uploads</c>: begin, ask where it stands, go on, give up.</summary>
internal sealed class UploadEndpoints(UploadStore uploads, RegistryAccess access, VersionChanges changes)
{
    public const string ContentType = "application/offset+octet-stream";

    private const string Path = "/v1/uploads/";

    private static readonly Refusal _contentType = new(
        StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", $"The bytes of an upload come as {ContentType}.");

    public async Task BeginAsync(HttpContext context)
    {
        if (await CallerAsync(context).ConfigureAwait(false) is not { } caller)
        {
            return;
        }

        if (await RegistryBody.ReadAsync(context, RegistryJson.Wire.UploadRequest).ConfigureAwait(false) is not { } request)
        {
            return;
        }

        if (!BlobDigest.TryParse(request.Digest, out var digest))
        {
            await context.RefuseAsync(RegistryRefusals.DigestMalformed).ConfigureAwait(false);
            return;
        }

        var answer = await uploads.BeginAsync(caller, digest, request.Bytes, context.RequestAborted).ConfigureAwait(false);
        if (answer.Refusal is { } refusal)
        {
            await RefuseAsync(context, refusal, answer.Offset).ConfigureAwait(false);
            return;
        }

        var location = answer.Id is null ? null : Path + answer.Id;
        context.Response.StatusCode = location is null ? StatusCodes.Status200OK : answer.Status;
        context.Response.Headers.Location = location ?? $"/v1/blobs/{digest}";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(
            new UploadState(location, answer.Offset ?? 0), RegistryJson.Wire.UploadState, cancellationToken: context.RequestAborted).ConfigureAwait(false);
    }

    public Task AskAsync(HttpContext context) => ContinueAsync(context, null, Stream.Null);

    public async Task AppendAsync(HttpContext context)
    {
        if (context.Request.ContentType != ContentType)
        {
            await context.RefuseAsync(_contentType).ConfigureAwait(false);
            return;
        }

        if (context.Request.Headers[HeaderNames.UploadOffset] is not [{ } text] || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            await context.RefuseAsync(UploadRefusals.OffsetMissing).ConfigureAwait(false);
            return;
        }

        // The upload's own size is the limit, and its writer sees to it.
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        await ContinueAsync(context, offset, context.Request.Body).ConfigureAwait(false);
    }

    public async Task AbandonAsync(HttpContext context)
    {
        if (await CallerAsync(context).ConfigureAwait(false) is { } caller)
        {
            await AnswerAsync(context, await uploads.AbandonAsync(caller, IdOf(context), context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private async Task ContinueAsync(HttpContext context, long? offset, Stream body)
    {
        if (await CallerAsync(context).ConfigureAwait(false) is { } caller)
        {
            await AnswerAsync(context, await uploads.ContinueAsync(caller, IdOf(context), offset, body, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private static async Task AnswerAsync(HttpContext context, UploadAnswer answer)
    {
        if (answer.Refusal is { } refusal)
        {
            await RefuseAsync(context, refusal, answer.Offset).ConfigureAwait(false);
            return;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.Headers.CacheControl = "no-store";
        SetOffset(context, answer.Offset);
    }

    private static Task RefuseAsync(HttpContext context, Refusal refusal, long? offset)
    {
        SetOffset(context, offset);
        return context.RefuseAsync(refusal);
    }

    private static void SetOffset(HttpContext context, long? offset)
    {
        if (offset is { } bytes)
        {
            context.Response.Headers[HeaderNames.UploadOffset] = bytes.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static string IdOf(HttpContext context) => (string)context.GetRouteValue("id")!;

    /// <summary>The caller, if it may push anything; otherwise it was refused.</summary>
    private async Task<string?> CallerAsync(HttpContext context)
    {
        var caller = context.GetCaller()!.ToString();
        if (access.RefuseUpload(caller) is not { } refusal)
        {
            return caller;
        }

        await context.RefuseAsync(await changes.RefusedAsync(caller, "push", "upload", refusal).ConfigureAwait(false)).ConfigureAwait(false);
        return null;
    }
}
