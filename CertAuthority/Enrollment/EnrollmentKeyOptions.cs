using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Section <c>CertAuthority</c>: who may sign enrollment tokens, where no API server is asked about service accounts.</summary>
public sealed class EnrollmentKeyOptions
{
    /// <summary>32 raw bytes shared with whoever starts processes, open to no other user. In development only.</summary>
    [Mount(MountKind.SecretFile)]
    public string? EnrollmentKeyFile { get; set; }

    /// <summary>
    /// For a machine outside a cluster: a folder with a key of 32 raw bytes for each service, in a file of its name. Who has a service's key can be
    /// that service and no other (<c>Identity:KeyFile</c>). Not in development.
    /// </summary>
    [Mount(MountKind.Folder)]
    public string? EnrollmentKeysDirectory { get; set; }

    /// <summary>Whether the API server of a cluster vouches for those who enroll.</summary>
    internal bool AsksApiServer => string.IsNullOrEmpty(EnrollmentKeyFile) && string.IsNullOrEmpty(EnrollmentKeysDirectory);
}
