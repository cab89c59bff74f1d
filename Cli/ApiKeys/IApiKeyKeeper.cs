using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.ApiKeys;

/// <summary>Who keeps API keys: a gateway, or a file for one that is elsewhere.</summary>
internal interface IApiKeyKeeper
{
    Task<Result<ApiKeyCreated>> CreateAsync(ApiKeyOrder order, CancellationToken cancellationToken);

    Task<Result<ApiKeyListing>> ListAsync(CancellationToken cancellationToken);

    Task<Result<ApiKeyItem>> RevokeAsync(string id, CancellationToken cancellationToken);
}
