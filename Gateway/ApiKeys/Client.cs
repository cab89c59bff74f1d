using Zakenak.Contracts;

namespace Zakenak.Gateway.ApiKeys;

/// <summary>Who sends a request and what that one may use: what a key stands for, without the key.</summary>
internal sealed class Client
{
    /// <summary>Everything, where models are listed.</summary>
    public const string AnyModel = "*";

    public required string KeyId { get; init; }

    /// <summary>The tenant that is billed and limited.</summary>
    public required string Tenant { get; init; }

    /// <summary>Model names, versions (<c>name:vN</c>) or <see cref="AnyModel"/>.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Feature views that this client's requests may read.</summary>
    public required IReadOnlyList<FeatureGrant> Features { get; init; }

    /// <summary>Requests per minute of this key; null takes the configured default.</summary>
    public int? RequestsPerMinute { get; init; }

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
