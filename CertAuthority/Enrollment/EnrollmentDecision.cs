using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Whose SVID a request may have, or why none.</summary>
/// <param name="Actor">Who proved to ask; null where nothing was proved.</param>
internal sealed record EnrollmentDecision(SpiffeId? Id, EnrollmentToken? Token, Refusal? Refusal, string? Actor)
{
    public static EnrollmentDecision Enrollment(SpiffeId id, EnrollmentToken token, string actor) => new(id, token, null, actor);

    public static EnrollmentDecision Renewal(SpiffeId id) => new(id, null, null, id.ToString());

    public static EnrollmentDecision Refused(Refusal refusal, string? actor) => new(null, null, refusal, actor);
}
