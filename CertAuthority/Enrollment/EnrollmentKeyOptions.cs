using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Section <c>CertAuthority</c>: who may sign enrollment tokens.</summary>
public sealed class EnrollmentKeyOptions
{
    /// <summary>32 raw bytes shared with whoever starts processes, open to no other user. In development only.</summary>
    [Mount(MountKind.SecretFile)]
    public string? EnrollmentKeyFile { get; set; }
}
