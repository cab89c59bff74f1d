using Microsoft.Extensions.Options;
using Zakenak.Audit;

namespace Zakenak.ModelRegistry;

/// <summary>Blobs by digest, <c>blobs/sha256/AB/HEX</c>. A file has its name only once it is whole, checked and on disk; then nothing writes to it again.</summary>
internal sealed class BlobStore(IOptions<StoreOptions> options)
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;

    private readonly string _root = Path.Combine(options.Value.PathOf("blobs"), "sha256");

    public string PathOf(BlobDigest digest) => Path.Combine(_root, digest.Hex[..2], digest.Hex);

    /// <summary>Its size in bytes; null where it is not here.</summary>
    public long? LengthOf(BlobDigest digest) => new FileInfo(PathOf(digest)) is { Exists: true } file ? file.Length : null;

    /// <summary>Gives a file, whose bytes were checked and flushed, the name of its digest. The same blob put twice is one blob.</summary>
    /// <exception cref="IOException">The disk refuses; the file is where it was.</exception>
    public void Adopt(string path, BlobDigest digest)
    {
        var target = PathOf(digest);
        var folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            DurableFiles.CreateFolder(folder);
            DurableFiles.FlushFolder(_root);
            DurableFiles.FlushFolder(Path.GetDirectoryName(_root)!);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, ReadOnly);
        }

        File.Move(path, target, overwrite: true);
        DurableFiles.FlushFolder(folder);
    }
}
