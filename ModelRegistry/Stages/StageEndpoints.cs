using System.Security.Cryptography;
using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Stages;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ServiceDefaults.Refusal;

namespace Zakenak.ModelRegistry;

/// <summary><c>GET|POST /v1/models/{name}/versions/{version}/stage</c>: the newest signed word on what a version is good for.</summary>
internal sealed class StageEndpoints(IVersionStore store, VersionChanges changes, VersionRequests requests, TimeProvider time)
{
    private static readonly Refusal _draft = new(StatusCodes.Status404NotFound, "stage_not_found", "The version is a draft: nobody signed a statement on its stage.");

    private static readonly Refusal _revoked = new(
        StatusCodes.Status409Conflict, RefusalCodes.Revoked, "The version was revoked, and there is no way back. Push the next version.");

    private static readonly Refusal _expired = new(
        StatusCodes.Status422UnprocessableEntity, RefusalCodes.ApprovalExpired, "The stage statement has expired already. Have an approver sign a new one.");

    public async Task GetAsync(HttpContext context)
    {
        if (VersionRequests.KeyOf(context) is not { } key || await store.ReadAsync(key, context.RequestAborted).ConfigureAwait(false) is not { } bytes)
        {
            await context.RefuseAsync(RegistryRefusals.VersionNotFound).ConfigureAwait(false);
            return;
        }

        if (JsonSerializer.Deserialize(bytes, RegistryJson.Wire.VersionDocument)!.StageStatement is not { } statement)
        {
            await context.RefuseAsync(_draft).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(statement, RegistryJson.Wire.JsonElement, cancellationToken: context.RequestAborted).ConfigureAwait(false);
    }

    public async Task PostAsync(HttpContext context)
    {
        // What is asked for is inside: whoever may do nothing to this model's stage is refused before a signature costs us time.
        if (await requests.AuthorizeAsync(context, RegistryAction.Promote, RegistryAction.Retire, RegistryAction.Revoke).ConfigureAwait(false) is not { } request)
        {
            return;
        }

        var envelope = await RegistryBody.ReadBytesAsync(context).ConfigureAwait(false);
        var opened = StageStatement.Open(envelope, request.Rule.Approvers);
        if (!opened.IsSuccess)
        {
            await requests.RefuseAsync(context, request, "stage", opened.Refusal.ToProblem()).ConfigureAwait(false);
            return;
        }

        var statement = opened.Value;
        var (action, done) = statement.Revoked ? (RegistryAction.Revoke, "revoked")
            : statement.Stage == ModelStage.Retired ? (RegistryAction.Retire, "retired")
            : (RegistryAction.Promote, "promoted");
        if (await requests.AuthorizeAsync(context, action).ConfigureAwait(false) is null)
        {
            return;
        }

        var document = JsonElement.Parse(envelope);
        var result = await changes.ApplyAsync(
            request.Caller, action, request.Key, current => Decide(request, current, statement, document, done), context.RequestAborted).ConfigureAwait(false);
        await VersionRequests.AnswerAsync(context, result, StatusCodes.Status200OK).ConfigureAwait(false);
    }

    private Decision Decide(VersionRequest request, VersionDocument? current, StageStatement statement, JsonElement document, string done)
    {
        if (current is null)
        {
            return RegistryRefusals.VersionNotFound;
        }

        if (statement.RequireSubject(current.Name, current.Version, current.Digest) is { } other)
        {
            return other.ToProblem();
        }

        if (current.StageStatement is { } now && PayloadDigestOf(now) == statement.PayloadDigest)
        {
            return current;
        }

        if (current.Revoked)
        {
            return _revoked;
        }

        if (!statement.Revoked && statement.ExpiresAt <= time.GetUtcNow())
        {
            return _expired;
        }

        var admitted = StageRecord.Admit(SeenOf(current), statement);
        return admitted.IsSuccess
            ? new ProposedChange(
                current with { Stage = statement.Stage.ToString(), Revoked = statement.Revoked, StageStatement = document },
                changes.EntryOf(request.Caller, done, statement.Stage.ToString(), statement.Sequence, statement.Signer!.KeyId))
            : admitted.Refusal.ToProblem();
    }

    private static StageRecord? SeenOf(VersionDocument current) => current.StageStatement is { } statement
        ? new StageRecord(current.History.Max(h => h.Sequence) ?? 0, current.Revoked, PayloadDigestOf(statement))
        : null;

    private static string PayloadDigestOf(JsonElement envelope) =>
        Convert.ToHexStringLower(SHA256.HashData(envelope.GetProperty("payload").GetBytesFromBase64()));
}
