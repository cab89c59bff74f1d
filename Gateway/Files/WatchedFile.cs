namespace Zakenak.Gateway.Files;

/// <summary>
/// Tells when a file became another one, by its time and length. Polled and not watched: events get lost on network and
/// container mounts, where files are swapped behind a symbolic link.
/// </summary>
internal sealed class WatchedFile(string path)
{
    private (DateTime Written, long Length)? _seen;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>True when the file differs from the one seen by the last call; an absent file counts as a state of its own.</summary>
    public bool HasChanged()
    {
        var now = Stamp();
        if (now == _seen)
            return false;
        _seen = now;
        return true;
    }

    private (DateTime Written, long Length) Stamp()
    {
        try
        {
            FileSystemInfo? target = File.ResolveLinkTarget(Path, returnFinalTarget: true);
            var file = target as FileInfo ?? new FileInfo(Path);
            return file.Exists ? (file.LastWriteTimeUtc, file.Length) : (DateTime.MinValue, -1);
        }
        catch (IOException)
        {
            return (DateTime.MinValue, -1);
        }
    }
}
