using Zakenak.Contracts;

namespace Zakenak.ModelServer.Completions;

/// <summary>With which requests a request shares the cells of what its prompt has in common with theirs. Never with another tenant's.</summary>
public sealed class CacheScope
{
    private readonly string _kind;
    private readonly string? _name;

    private CacheScope(string kind, string? name = null) => (_kind, _name) = (kind, name);

    /// <summary>Those of the same API key.</summary>
    public static CacheScope Key { get; } = new("key");

    /// <summary>All of the tenant's.</summary>
    public static CacheScope Tenant { get; } = new("tenant");

    /// <summary>Those of the tenant that say the same name.</summary>
    public static CacheScope Named(string name) => new("name", name);

    /// <summary>What tells the scope from all others.</summary>
    public string Within(Grant grant)
    {
        ArgumentNullException.ThrowIfNull(grant);

        // The length keeps a tenant that has a separator in its name within itself.
        return $"{grant.Tenant.Length}:{grant.Tenant}:{_kind}:{_name ?? (this == Key ? grant.KeyId : string.Empty)}";
    }
}
