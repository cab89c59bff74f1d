namespace Zakenak.CertAuthority;

/// <summary>A service account as the API server names it: <c>system:serviceaccount:NAMESPACE:NAME</c>.</summary>
internal sealed record ServiceAccount(string Namespace, string Name)
{
    private const int MaxNameLength = 253;

    /// <summary>Null for every other user: people, nodes, the anonymous.</summary>
    public static ServiceAccount? TryParse(string? username) =>
        username?.Split(':') is ["system", "serviceaccount", var ns, var name] && IsName(ns) && IsName(name) ? new ServiceAccount(ns, name) : null;

    /// <summary>RFC 1123 names, which are also segments of a SPIFFE id.</summary>
    public static bool IsName(string text) =>
        text is { Length: > 0 and <= MaxNameLength } && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
        && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]);

    public override string ToString() => $"system:serviceaccount:{Namespace}:{Name}";
}
