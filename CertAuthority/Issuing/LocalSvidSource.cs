using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Zakenak.Audit;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>The authority's own SVID: issued by itself, recorded like any other, renewed like any other.</summary>
internal sealed class LocalSvidSource(WorkloadIdentity identity, SvidIssuer issuer, AuditLog audit, ILogger<LocalSvidSource> logger) : ISvidSource
{
    public async Task<SvidOutcome> ObtainAsync(ECDsa key, SvidProof proof, CancellationToken cancellationToken)
    {
        var issued = issuer.Issue(identity.Id, new PublicKey(key));
        try
        {
            await audit.AppendAsync(IssuanceRecords.Issued(issued, identity.Id.ToString(), "own"), cancellationToken).ConfigureAwait(false);
        }
        catch (AuditUnavailableException e)
        {
            Log.AuditUnavailable(logger, e);
            return SvidOutcome.Failed("the audit log did not take the record");
        }

        return SvidOutcome.Issued(new Svid(issued.Leaf.CopyWithPrivateKey(key), issued.Chain), issued.Bundle);
    }
}
