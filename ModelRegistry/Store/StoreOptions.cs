using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>Section <c>Registry</c>: where the registry keeps what it has.</summary>
public sealed class StoreOptions
{
    /// <summary>Folder of blobs, uploads and, without a database, of the versions; made with mode 0700. Replicas share it.</summary>
    [Mount(MountKind.WritableFolder)]
    [Required]
    public string? Directory { get; set; }

    /// <summary>Folder of the audit log and its key, one for each replica; without it <c>audit</c> in <see cref="Directory"/>.</summary>
    [Mount(MountKind.WritableFolder)]
    public string? AuditDirectory { get; set; }

    /// <summary>Free bytes that no upload may take: the audit log and the versions must go on.</summary>
    [Range(0, long.MaxValue)]
    public long MinFreeBytes { get; set; } = 64 * 1024 * 1024;

    internal string PathOf(string name) => Path.Combine(Path.GetFullPath(Directory!), name);

    internal string AuditPath => AuditDirectory is null ? PathOf("audit") : Path.GetFullPath(AuditDirectory);
}
