using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>Where keys that administrators make are kept.</summary>
internal interface IApiKeyLedger
{
    /// <summary>Whether other replicas see it.</summary>
    bool IsShared { get; }

    /// <summary>Keeps a key; null when it is in force here, else why not.</summary>
    Task<Refusal?> AddAsync(ApiKeyItem item, CancellationToken cancellation);

    /// <summary>Revokes a key, once and for all; null when that is in force here, else why not.</summary>
    Task<Refusal?> RevokeAsync(ApiKeyItem item, DateTimeOffset at, CancellationToken cancellation);
}
