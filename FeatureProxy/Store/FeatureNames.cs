using System.Buffers;

namespace Zakenak.FeatureProxy.Store;

/// <summary>What may name a view, a feature, a tenant and an entity. None of them can hold <c>:</c>-separated parts of another, a wildcard or a line break.</summary>
public static class FeatureNames
{
    /// <summary>Characters of a view's or a feature's name.</summary>
    public const int MaxNameLength = 64;

    /// <summary>Characters of an entity's id or a tenant.</summary>
    public const int MaxIdLength = 128;

    private static readonly SearchValues<char> _nameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");
    private static readonly SearchValues<char> _idCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-");

    /// <summary>A view or feature: 1 to 64 of <c>a-z 0-9 _</c>.</summary>
    public static bool IsName(ReadOnlySpan<char> text) => text.Length is > 0 and <= MaxNameLength && !text.ContainsAnyExcept(_nameCharacters);

    /// <summary>An entity or tenant: 1 to 128 of <c>A-Z a-z 0-9 . _ @ -</c>.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length is > 0 and <= MaxIdLength && !text.ContainsAnyExcept(_idCharacters);
}
