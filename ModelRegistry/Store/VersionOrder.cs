using System.Globalization;

namespace Zakenak.ModelRegistry;

/// <summary>By name, then by number: <c>v2</c> comes before <c>v10</c>.</summary>
internal sealed class VersionOrder : IComparer<VersionKey>
{
    public static VersionOrder Instance { get; } = new();

    public int Compare(VersionKey? x, VersionKey? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var byName = string.CompareOrdinal(x.Name, y.Name);
        return byName != 0 ? byName : Number(x).CompareTo(Number(y));
    }

    private static long Number(VersionKey key) => long.Parse(key.Version.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture);
}
