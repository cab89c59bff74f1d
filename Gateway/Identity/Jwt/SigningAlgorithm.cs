using System.Collections.Frozen;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>
/// Algorithms of signatures that are ever accepted (RFC 7518, section 3.1): those with a public key. EdDSA is not among them, because .NET
/// has no Ed25519.
/// </summary>
internal static class SigningAlgorithm
{
    private const string Rsa = "RSA";

    /// <summary>The kind of key that each goes with: RSA, or the one curve.</summary>
    private static readonly FrozenDictionary<string, string> _keys = new Dictionary<string, string>
    {
        ["RS256"] = Rsa,
        ["RS384"] = Rsa,
        ["RS512"] = Rsa,
        ["PS256"] = Rsa,
        ["PS384"] = Rsa,
        ["PS512"] = Rsa,
        ["ES256"] = "P-256",
        ["ES384"] = "P-384",
        ["ES512"] = "P-521",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All of them, for messages.</summary>
    public static string Names { get; } = string.Join(", ", _keys.Keys.Order(StringComparer.Ordinal));

    public static bool IsKnown(string? name) => name is not null && _keys.ContainsKey(name);

    /// <summary>Whether a signature by this algorithm can be by a key of this kind.</summary>
    /// <param name="name">Of the algorithm.</param>
    /// <param name="kind"><c>RSA</c>, or the name of a curve.</param>
    public static bool Fits(string name, string kind) => _keys.TryGetValue(name, out var needed) && needed == kind;
}
