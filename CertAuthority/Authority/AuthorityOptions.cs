using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Section <c>CertAuthority</c>: where the authority keeps its keys.</summary>
public sealed class AuthorityOptions
{
    /// <summary>Folder of the root, the issuing keys, the audit key, the spent tokens and the audit log; made with mode 0700.</summary>
    [Mount(MountKind.WritableFolder)]
    [Required]
    public string? Directory { get; set; }

    /// <summary>
    /// PEM file of further roots that everybody is to trust: the next root before it issues, the last one until nobody has an SVID of it any more.
    /// </summary>
    [Mount(MountKind.File)]
    public string? AdditionalRootsFile { get; set; }
}
