using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Policy;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary><c>/v1/models</c>: what there is, one version with its proofs, and a new version.</summary>
internal sealed class VersionEndpoints(IVersionStore store, VersionChanges changes, VersionRequests requests, PushCheck check)
{
    public async Task ListAsync(HttpContext context)
    {
        var listing = (await store.ListAsync(context.RequestAborted).ConfigureAwait(false)).ToListing();
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(listing, RegistryJson.Wire.ModelListing, cancellationToken: context.RequestAborted).ConfigureAwait(false);
    }

    public async Task GetAsync(HttpContext context)
    {
        if (VersionRequests.KeyOf(context) is not { } key || await store.ReadAsync(key, context.RequestAborted).ConfigureAwait(false) is not { } document)
        {
            await context.RefuseAsync(RegistryRefusals.VersionNotFound).ConfigureAwait(false);
            return;
        }

        await AnswerAsync(context, document).ConfigureAwait(false);
    }

    public async Task PushAsync(HttpContext context)
    {
        if (await requests.AuthorizeAsync(context, RegistryAction.Push).ConfigureAwait(false) is not { } request
            || await RegistryBody.ReadAsync(context, RegistryJson.Wire.PushVersionRequest).ConfigureAwait(false) is not { } push)
        {
            return;
        }

        var (signed, refusal) = check.Verify(request.Key, push, request.Rule.Signers);
        if (signed is null)
        {
            await requests.RefuseAsync(context, request, RegistryAction.Push, refusal!).ConfigureAwait(false);
            return;
        }

        var pushed = new VersionDocument
        {
            Name = request.Key.Name,
            Version = request.Key.Version,
            Digest = "sha256:" + signed.Statement.RootDigest,
            Stage = VersionRequests.Draft,
            Revoked = false,
            Files = [.. push.Files.OrderBy(f => f.Path, StringComparer.Ordinal)],
            Signatures = push.Signatures,
            Attestations = [],
            History = [],
        };
        var entry = changes.EntryOf(request.Caller, "pushed", pushed.Stage, null, signed.Signer.KeyId);
        var result = await changes.ApplyAsync(
            request.Caller, RegistryAction.Push, request.Key, current => PushCheck.Decide(current, pushed, entry), context.RequestAborted).ConfigureAwait(false);
        await VersionRequests.AnswerAsync(context, result, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private static async Task AnswerAsync(HttpContext context, byte[] document)
    {
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(document))}\"");
        context.Response.Headers.ETag = tag.ToString();
        context.Response.Headers.CacheControl = "no-cache";
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = document.Length;
        await context.Response.BodyWriter.WriteAsync(document, context.RequestAborted).ConfigureAwait(false);
    }
}
