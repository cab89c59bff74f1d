using Zakenak.Cli.Gateway;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.ApiKeys;

/// <summary>Keys of a gateway that runs.</summary>
internal sealed class GatewayKeeper(GatewayConnection gateway) : IApiKeyKeeper
{
    private const string Path = "api-keys";

    public Task<Result<ApiKeyCreated>> CreateAsync(ApiKeyOrder order, CancellationToken cancellationToken) =>
        gateway.SendAsync<ApiKeyCreated>(HttpMethod.Post, Path, order, cancellationToken);

    public Task<Result<ApiKeyListing>> ListAsync(CancellationToken cancellationToken) =>
        gateway.SendAsync<ApiKeyListing>(HttpMethod.Get, Path, null, cancellationToken);

    public Task<Result<ApiKeyItem>> RevokeAsync(string id, CancellationToken cancellationToken) =>
        gateway.SendAsync<ApiKeyItem>(HttpMethod.Delete, $"{Path}/{Uri.EscapeDataString(id)}", null, cancellationToken);
}
