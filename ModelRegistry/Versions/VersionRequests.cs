using Zakenak.ModelTrust;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ServiceDefaults.Refusal;

namespace Zakenak.ModelRegistry;

/// <summary>What every request to change a version goes through: who asks, for which version, and the answer.</summary>
internal sealed class VersionRequests(RegistryAccess access, RegistryPolicy policy, VersionChanges changes)
{
    /// <summary>The stage of a version that no statement speaks of.</summary>
    public const string Draft = "Draft";

    private static readonly Refusal _noRule = new(
        StatusCodes.Status422UnprocessableEntity, RefusalCodes.ModelNotInPolicy, "The policy has no rule for this model and none for all, so nobody may sign it.");

    private static readonly Refusal _name = new(
        StatusCodes.Status422UnprocessableEntity, RefusalCodes.NameNotAllowed, "A model's name is up to 64 of a-z, 0-9, '.', '_' and '-'; a version is v1, v2 and so on.");

    public static VersionKey? KeyOf(HttpContext context) =>
        VersionKey.TryMake((string?)context.GetRouteValue("name"), (string?)context.GetRouteValue("version"));

    /// <summary>The request, or null where it was refused.</summary>
    /// <param name="anyOf">Actions, of which the caller must be allowed one.</param>
    public async Task<VersionRequest?> AuthorizeAsync(HttpContext context, params string[] anyOf)
    {
        var action = anyOf[0];
        var caller = context.GetCaller()!.ToString();
        if (KeyOf(context) is not { } key)
        {
            await context.RefuseAsync(_name).ConfigureAwait(false);
            return null;
        }

        if (access.Refuse(caller, key.Name, anyOf) is { } refusal)
        {
            await RefuseAsync(context, caller, action, key, refusal).ConfigureAwait(false);
            return null;
        }

        if (policy.Current?.For(key.Name) is not { } rule)
        {
            await RefuseAsync(context, caller, action, key, _noRule).ConfigureAwait(false);
            return null;
        }

        return new VersionRequest(caller, key, rule);
    }

    public Task RefuseAsync(HttpContext context, VersionRequest request, string action, Refusal refusal) =>
        RefuseAsync(context, request.Caller, action, request.Key, refusal);

    /// <summary>The version as it is now, or the refusal.</summary>
    /// <param name="changedStatus">The status where it was changed; 200 where it was so already.</param>
    public static Task AnswerAsync(HttpContext context, ChangeResult result, int changedStatus)
    {
        if (result.Refusal is { } refusal)
        {
            return context.RefuseAsync(refusal);
        }

        context.Response.StatusCode = result.Changed ? changedStatus : StatusCodes.Status200OK;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(result.Document!, RegistryJson.Wire.VersionDocument, cancellationToken: context.RequestAborted);
    }

    private async Task RefuseAsync(HttpContext context, string caller, string action, VersionKey key, Refusal refusal) =>
        await context.RefuseAsync(await changes.RefusedAsync(caller, action, key.ToString(), refusal).ConfigureAwait(false)).ConfigureAwait(false);
}
