using System.Diagnostics.CodeAnalysis;

namespace Zakenak.ServiceDefaults;

/// <summary>A SPIFFE id that obeys the SPIFFE-ID standard; there is no other way to make one than through its checks.</summary>
public sealed class SpiffeId : IEquatable<SpiffeId>
{
    private const string Scheme = "spiffe://";

    // SPIFFE-ID, section 2.3: implementations must support 2048 bytes and must not make longer ones.
    private const int MaxLength = 2048;
    private const int MaxTrustDomainLength = 255;

    private readonly string _text;

    private SpiffeId(string text, string trustDomain, string path)
    {
        _text = text;
        TrustDomain = trustDomain;
        Path = path;
        var segments = path.Split('/');
        if (segments is ["", "ns", var ns, "sa", var service])
        {
            Namespace = ns;
            Service = service;
        }
    }

    /// <summary>The trust domain's name, e.g. <c>zakenak.local</c>.</summary>
    public string TrustDomain { get; }

    /// <summary>Empty, or a slash and segments.</summary>
    public string Path { get; }

    /// <summary>The namespace of a <c>/ns/NAMESPACE/sa/SERVICE</c> path, else null.</summary>
    public string? Namespace { get; }

    /// <summary>The service account of a <c>/ns/NAMESPACE/sa/SERVICE</c> path, else null.</summary>
    public string? Service { get; }

    /// <summary>The id of a service of the suite.</summary>
    /// <exception cref="FormatException">A part has a character that a SPIFFE id may not have.</exception>
    public static SpiffeId ForService(string trustDomain, string ns, string service)
    {
        // Segments are checked on their own, so that no part can bring a slash and become two.
        if (!IsTrustDomain(trustDomain) || !IsSegment(ns) || !IsSegment(service))
        {
            throw new FormatException($"'{trustDomain}', '{ns}' and '{service}' must be a trust domain and path segments of a SPIFFE id (letters, digits, '.', '-', '_').");
        }

        return Parse($"{Scheme}{trustDomain}/ns/{ns}/sa/{service}");
    }

    /// <exception cref="FormatException">Not a SPIFFE id.</exception>
    public static SpiffeId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException("Not a SPIFFE id: expected spiffe://TRUST-DOMAIN/PATH.");

    public static bool TryParse(string? text, [NotNullWhen(true)] out SpiffeId? id)
    {
        id = null;
        if (text is null || text.Length > MaxLength || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }

        var slash = text.IndexOf('/', Scheme.Length);
        var trustDomain = slash < 0 ? text[Scheme.Length..] : text[Scheme.Length..slash];
        var path = slash < 0 ? "" : text[slash..];
        if (!IsTrustDomain(trustDomain) || !IsPath(path))
        {
            return false;
        }

        id = new SpiffeId(text, trustDomain, path);
        return true;
    }

    /// <summary>Whether the text can name a trust domain: 1 to 255 of <c>a-z 0-9 . - _</c>.</summary>
    public static bool IsTrustDomain(string? text) =>
        text is { Length: > 0 and <= MaxTrustDomainLength } && text.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '.' or '-' or '_');

    public bool Equals(SpiffeId? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as SpiffeId);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;

    private static bool IsPath(string path) => path.Length == 0 || path[1..].Split('/').All(IsSegment);

    /// <summary>Whether the text can be one segment of a path.</summary>
    internal static bool IsSegment(string segment) =>
        segment is { Length: > 0 } and not "." and not ".." && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
