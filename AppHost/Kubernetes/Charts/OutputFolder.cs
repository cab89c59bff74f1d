using System.Text;

namespace Zakenak.AppHost.Kubernetes.Charts;

/// <summary>The folder that is published to. What was there stays until all that is new is written, and what publishing does not make is never touched.</summary>
internal static class OutputFolder
{
    private static readonly string[] _publisherFiles = ["Chart.yaml", "values.yaml"];

    /// <summary>Replaces each folder that <paramref name="files"/> names first in their paths.</summary>
    public static void Replace(string output, IReadOnlyDictionary<string, string> files)
    {
        var fresh = Path.Combine(output, ".new");
        var old = Path.Combine(output, ".old");
        DeleteFolder(fresh);
        DeleteFolder(old);
        foreach (var (name, text) in files)
        {
            var path = Path.Combine(fresh, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text, new UTF8Encoding(false));
        }

        Directory.CreateDirectory(old);
        foreach (var entry in Directory.GetFileSystemEntries(fresh).Order(StringComparer.Ordinal))
        {
            var target = Path.Combine(output, Path.GetFileName(entry));
            if (Path.Exists(target))
                Directory.Move(target, Path.Combine(old, Path.GetFileName(entry)));

            Directory.Move(entry, target);
        }

        DeleteFolder(fresh);
        DeleteFolder(old);
    }

    /// <summary>Removes what the publisher left; all of it is in the chart's folder by now, or publishing failed, now or before.</summary>
    public static void RemovePublished(string output)
    {
        foreach (var path in _publisherFiles.Select(file => Path.Combine(output, file)).Where(File.Exists))
            File.Delete(path);

        DeleteFolder(Path.Combine(output, "templates"));
    }

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }
}
