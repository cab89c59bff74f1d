using Zakenak.Contracts;
using Zakenak.Gateway.Limits;

namespace Zakenak.Gateway.Identity;

/// <summary>Who sends a request and what that one may use: what a key, a token or a certificate stands for, without it.</summary>
internal sealed record Client
{
    /// <summary>Everything, where models are listed.</summary>
    public const string AnyModel = "*";

    private string? _actor;

    /// <summary>Public, and unlike any other client's: a key's id, <c>ISSUER/SUBJECT</c> of a token, or a SPIFFE id.</summary>
    public required string KeyId { get; init; }

    public IdentityKind Kind
    {
        get;
        init
        {
            field = value;
            _actor = null; // of the one that this is a copy of
        }
    } = IdentityKind.ApiKey;

    /// <summary>Who this is in the audit log.</summary>
    public string Actor => _actor ??= Kind switch
    {
        IdentityKind.ApiKey => "key:" + KeyId,
        IdentityKind.Jwt => "token:" + KeyId,
        IdentityKind.ChatSession => "session:" + KeyId,
        _ => KeyId,
    };

    /// <summary>The tenant that is billed and limited.</summary>
    public required string Tenant { get; init; }

    /// <summary>What is not in here is refused.</summary>
    public ClientScopes Scopes { get; init; }

    /// <summary>Model names, versions (<c>name:vN</c>) or <see cref="AnyModel"/>.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Feature views that this client's requests may read.</summary>
    public required IReadOnlyList<FeatureGrant> Features { get; init; }

    /// <summary>Limits of this key; null takes the configured defaults.</summary>
    public LimitSet? Limits { get; init; }

    /// <summary>Limits of its tenant; null takes the configured defaults.</summary>
    public TenantLimitSet? TenantLimits { get; init; }

    public bool MayUse(string name, string id)
    {
        foreach (var model in Models)
        {
            if (model == AnyModel || model == name || model == id)
                return true;
        }

        return false;
    }
}
