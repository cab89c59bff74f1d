using Zakenak.Contracts;

namespace Zakenak.ModelRegistry;

internal static class VersionSummaries
{
    public static VersionSummary Of(VersionDocument document) =>
        new(document.Version, document.Digest, document.Stage, document.Revoked, document.Files.Sum(f => f.Bytes));

    /// <summary>Of versions in their order.</summary>
    public static ModelListing ToListing(this IEnumerable<(VersionKey Key, VersionSummary Summary)> versions) =>
        new([.. versions.GroupBy(v => v.Key.Name).Select(g => new ModelListingEntry(g.Key, [.. g.Select(v => v.Summary)]))]);
}
