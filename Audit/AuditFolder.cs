using System.Globalization;

namespace Zakenak.Audit;

/// <summary>The files of one log: <c>audit-SEQ.jsonl</c> named after their first record, <c>checkpoints.jsonl</c> and <c>lock</c>.</summary>
internal static class AuditFolder
{
    public const string Checkpoints = "checkpoints.jsonl";
    public const string LockFile = "lock";
    private const string Prefix = "audit-";
    private const string Suffix = ".jsonl";

    public static string NameOf(long firstSequence) => Prefix + firstSequence.ToString("D12", CultureInfo.InvariantCulture) + Suffix;

    /// <summary>The log's files in the order of their records.</summary>
    public static IReadOnlyList<(string Path, long FirstSequence)> Files(string directory) =>
        [.. Directory.EnumerateFiles(directory, Prefix + "*" + Suffix)
            .Select(path => (path, First: FirstSequenceOf(Path.GetFileName(path))))
            .Where(f => f.First > 0)
            .OrderBy(f => f.First)];

    private static long FirstSequenceOf(string name) =>
        long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            ? first
            : 0;
}
