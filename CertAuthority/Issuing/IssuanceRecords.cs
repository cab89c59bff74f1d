using System.Collections.Immutable;
using System.Globalization;
using Zakenak.Audit;

namespace Zakenak.CertAuthority;

/// <summary>What the audit log says of an issuance.</summary>
internal static class IssuanceRecords
{
    /// <param name="actor">Who asked: the token's id, a service account and its pod, or a SPIFFE id.</param>
    /// <param name="proof"><c>token</c>, <c>service-account</c>, <c>svid</c> or <c>own</c>.</param>
    public static AuditRecord Issued(IssuedSvid issued, string actor, string proof) =>
        new(actor, "svid.issued", issued.Id.ToString(), AuditOutcome.Done)
        {
            Details = ImmutableDictionary<string, string>.Empty
                .Add("serial", issued.Leaf.SerialNumber)
                .Add("not_after", issued.Leaf.NotAfter.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture))
                .Add("issuing", issued.Chain[0].SerialNumber)
                .Add("proof", proof),
        };

    /// <param name="subject">What was asked for, as far as it was proved; never what an unproved asker claimed.</param>
    public static AuditRecord Refused(string actor, string subject, string code) => new(actor, "svid.refused", subject, AuditOutcome.Refused, code);
}
