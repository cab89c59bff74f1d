using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Zakenak.Audit;

namespace Zakenak.ModelRegistry;

/// <summary>
/// Uploads on disk, <c>uploads/ID/{upload.json,data}</c>. A folder gets its name when it is whole and loses it before it is deleted, so a crash leaves
/// uploads or litter, and litter is known by its name.
/// </summary>
internal sealed class UploadFolder(IOptions<StoreOptions> options)
{
    private const string RecordFile = "upload.json";
    private const string DataFile = "data";
    private const string Litter = ".";

    private readonly string _root = options.Value.PathOf("uploads");

    /// <summary>The same caller, digest and size is the same upload: that is how it is found again.</summary>
    public static string IdOf(string caller, BlobDigest digest, long bytes) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{caller}\n{digest}\n{bytes}")).AsSpan(0, 16));

    public static bool IsId(string id) => BlobDigest.IsHex(id, 32);

    public string DataPath(string id) => Path.Combine(_root, id, DataFile);

    public IReadOnlyList<string> List() =>
        Directory.Exists(_root) ? [.. Directory.EnumerateDirectories(_root).Select(p => Path.GetFileName(p)).Where(IsId)] : [];

    /// <summary>Null where there is no such upload.</summary>
    public Upload? Find(string id)
    {
        try
        {
            return IsId(id) ? JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(_root, id, RecordFile)), RegistryJson.Wire.Upload) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Bytes that are there.</summary>
    public long LengthOf(string id) => new FileInfo(DataPath(id)) is { Exists: true } file ? file.Length : 0;

    /// <summary>When the last byte came.</summary>
    public DateTime TouchedAt(string id) => File.GetLastWriteTimeUtc(DataPath(id));

    /// <exception cref="IOException">The disk refuses; nothing is left under the upload's name.</exception>
    public void Make(string id, Upload upload)
    {
        DurableFiles.CreateFolder(_root);
        var making = Path.Combine(_root, Litter + Path.GetRandomFileName());
        DurableFiles.CreateFolder(making);
        try
        {
            DurableFiles.WriteSecret(Path.Combine(making, RecordFile), JsonSerializer.Serialize(upload, RegistryJson.Wire.Upload));
            DurableFiles.Open(Path.Combine(making, DataFile), FileShare.None).Dispose();
            DurableFiles.FlushFolder(making);
            Directory.Move(making, Path.Combine(_root, id));
            DurableFiles.FlushFolder(_root);
        }
        catch (Exception e) when (e.IsDiskFault())
        {
            Directory.Delete(making, recursive: true);
            throw;
        }
    }

    public void Delete(string id)
    {
        var gone = Path.Combine(_root, Litter + Path.GetRandomFileName());
        try
        {
            Directory.Move(Path.Combine(_root, id), gone);
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }

        Directory.Delete(gone, recursive: true);
    }

    /// <summary>Deletes what a crash left; another replica may be making a folder this very moment, so only what is old.</summary>
    public void DeleteLitter(DateTime before)
    {
        if (!Directory.Exists(_root))
        {
            return;
        }

        foreach (var left in Directory.EnumerateDirectories(_root, Litter + "*").Where(p => Directory.GetLastWriteTimeUtc(p) < before).ToList())
        {
            Directory.Delete(left, recursive: true);
        }
    }
}
