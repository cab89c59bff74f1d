namespace Zakenak.ServiceDefaults;

/// <summary>What has to be mounted where an option's path leads.</summary>
public enum MountKind
{
    /// <summary>A file that is read: a ConfigMap, for instance.</summary>
    File,

    /// <summary>A file that is read and that nobody else may read: a Secret, for instance.</summary>
    SecretFile,

    /// <summary>A folder that is read.</summary>
    Folder,

    /// <summary>A file in a volume that can be written to; it is replaced, so the volume is its folder.</summary>
    WritableFile,

    /// <summary>
    /// A folder in a volume that can be written to. The service makes the folder, closed to others: the root of a volume is often open to a group.
    /// </summary>
    WritableFolder,
}
