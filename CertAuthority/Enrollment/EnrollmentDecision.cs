using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Whose SVID a request may have, or why none.</summary>
/// <param name="Token">To be spent before anything is signed; null where the proof may be used again.</param>
/// <param name="Actor">Who proved to ask; null where nothing was proved.</param>
/// <param name="Proof">What proved it, for log and audit.</param>
internal sealed record EnrollmentDecision(SpiffeId? Id, EnrollmentToken? Token, Refusal? Refusal, string? Actor, string Proof)
{
    public static EnrollmentDecision Enrollment(SpiffeId id, EnrollmentToken token, string actor) => new(id, token, null, actor, "token");

    public static EnrollmentDecision Enrollment(SpiffeId id, string serviceAccount) => new(id, null, null, serviceAccount, "service-account");

    public static EnrollmentDecision Renewal(SpiffeId id) => new(id, null, null, id.ToString(), "svid");

    public static EnrollmentDecision Refused(Refusal refusal, string? actor) => new(null, null, refusal, actor, "none");
}
