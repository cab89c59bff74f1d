using Zakenak.Contracts;
using Zakenak.Gateway.Limits;

namespace Zakenak.Gateway.ApiKeys;

/// <summary>Who sends a request and what that one may use: what a key stands for, without the key.</summary>
internal sealed class Client
{
    /// <summary>Everything, where models are listed.</summary>
    public const string AnyModel = "*";

    public required string KeyId { get; init; }

    /// <summary>Who this is in the audit log.</summary>
    public string Actor => field ??= "key:" + KeyId;

    /// <summary>The tenant that is billed and limited.</summary>
    public required string Tenant { get; init; }

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
