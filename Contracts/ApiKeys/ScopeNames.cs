using System.Collections.Frozen;

namespace Zakenak.Contracts;

/// <summary>Scopes as they are written in files, claims and settings.</summary>
public static class ScopeNames
{
    private static readonly FrozenDictionary<string, ClientScopes> _scopes = new[] { ClientScopes.Chat, ClientScopes.Embeddings, ClientScopes.Models, ClientScopes.Tokenize }
        .ToFrozenDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>All there are, for messages.</summary>
    public static string All { get; } = string.Join(", ", _scopes.Keys.Order(StringComparer.Ordinal));

    public static string NameOf(ClientScopes scope) => scope.ToString().ToLowerInvariant();

    /// <summary>None where the name is unknown.</summary>
    public static ClientScopes Find(ReadOnlySpan<char> name) =>
        _scopes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var scope) ? scope : ClientScopes.None;

    /// <summary>All of them together; null where a name is unknown.</summary>
    public static ClientScopes? Parse(IEnumerable<string> names)
    {
        var scopes = ClientScopes.None;
        foreach (var name in names)
        {
            if (Find(name) is var scope && scope == ClientScopes.None)
                return null;
            scopes |= scope;
        }

        return scopes;
    }
}
