namespace Zakenak.CertAuthority;

/// <summary>How a process that has no SVID proves who it is: a single-use token that a shared key signed, or a service-account token in a cluster.</summary>
internal interface IFirstProof
{
    /// <summary>Whose SVID the bearer of this token may have.</summary>
    Task<EnrollmentDecision> DecideAsync(string token, CancellationToken cancellationToken);
}
