using System.Text.Json.Serialization;
using Zakenak.Contracts;
using Zakenak.Gateway.Admin;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>API keys, made, listed and revoked by administrators.</summary>
internal sealed partial class ApiKeyEndpoints(ApiKeyStore keys, IApiKeyLedger ledger, TimeProvider time)
{
    private static readonly Refusal _unknown = new(StatusCodes.Status404NotFound, "key_not_found", "There is no API key of this id.");

    public Task ListAsync(HttpContext context) =>
        AdminBody.WriteAsync(context, new ApiKeyListing([.. keys.Items.Select(Shown)], ledger.IsShared), ApiKeysJson.Default.ApiKeyListing);

    public async Task CreateAsync(HttpContext context)
    {
        if (await AdminBody.ReadAsync(context, ApiKeysJson.Default.ApiKeyOrder) is not { } order)
            return;
        var created = order.Make(time.GetUtcNow());
        if (ApiKeyFile.FaultOf(created.Item) is var (member, what))
        {
            await context.RefuseAsync(new Refusal(StatusCodes.Status400BadRequest, "invalid_key_order", $"'{member}' {what}.", member));
            return;
        }

        context.Action().With("key", created.Item.Id).With("tenant", created.Item.Tenant);
        if (await ledger.AddAsync(created.Item, context.RequestAborted) is { } refusal)
            await context.RefuseAsync(refusal);
        else
            await AdminBody.WriteAsync(context, created with { Item = Shown(created.Item) }, ApiKeysJson.Default.ApiKeyCreated, StatusCodes.Status201Created);
    }

    public async Task RevokeAsync(HttpContext context)
    {
        if (context.Request.RouteValues["id"] is not string id || Find(id) is not { } item)
        {
            await context.RefuseAsync(_unknown);
            return;
        }

        context.Action().With("key", id).With("tenant", item.Tenant);
        if (await ledger.RevokeAsync(item, time.GetUtcNow(), context.RequestAborted) is { } refusal)
            await context.RefuseAsync(refusal);
        else
            await AdminBody.WriteAsync(context, Shown(Find(id) ?? item), ApiKeysJson.Default.ApiKeyItem);
    }

    /// <summary>A hash is of no use to whoever looks, and of some to whoever looks over a shoulder.</summary>
    private static ApiKeyItem Shown(ApiKeyItem item) => item with { Sha256 = null };

    private ApiKeyItem? Find(string id) => keys.Items.FirstOrDefault(k => k.Id == id);

    [JsonSourceGenerationOptions(
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, AllowDuplicateProperties = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(ApiKeyOrder))]
    [JsonSerializable(typeof(ApiKeyCreated))]
    [JsonSerializable(typeof(ApiKeyListing))]
    private sealed partial class ApiKeysJson : JsonSerializerContext;
}
