using System.Collections.Frozen;
using Zakenak.Contracts;
using Zakenak.Gateway.Identity.ApiKeys;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.WorkloadClients;

/// <summary>Which workload is which client.</summary>
internal sealed class WorkloadClientDirectory(LiveOptions<WorkloadClientsOptions> options, ClientBundles bundles, ApiKeyStore keys, TimeProvider time)
{
    private static readonly Refusal _notAllowed = new(StatusCodes.Status403Forbidden, "caller_not_allowed",
        "The client certificate is valid, but its identity may do nothing here.");

    private static readonly Refusal _expired = new(StatusCodes.Status401Unauthorized, "certificate_expired",
        "The client certificate of this connection is expired. Connect anew with a newer one.");

    private volatile Table? _table;

    /// <summary>Null where the connection brought no certificate.</summary>
    public Identification? Identify(HttpContext context)
    {
        if (context.Features.Get<ClientCertificate>() is not { } certificate)
            return null;
        var (id, now) = (certificate.Id, time.GetUtcNow());
        if (now >= certificate.NotAfter)
            return Fault(id, AccessReasons.Expired, _expired);
        if (bundles.Find(id.TrustDomain) is not { } bundle || !certificate.IsTrustedBy(bundle, now))
            return Fault(id, AccessReasons.Revoked, _notAllowed);
        return Current().Clients.TryGetValue(id, out var client) ? client : Fault(id, AccessReasons.Unknown, _notAllowed);
    }

    private static Identification Fault(SpiffeId id, string reason, Refusal answer) => new AccessFault(IdentityKind.Workload, reason, answer, id.ToString());

    private Table Current()
    {
        var (current, ring, table) = (options.Current, keys.Current, _table);
        return table is not null && table.Options == current && table.Ring == ring ? table : _table = new Table(current, ring);
    }

    /// <summary>Clients by one state of options and keys.</summary>
    private sealed class Table(WorkloadClientsOptions options, ApiKeyRing ring)
    {
        public WorkloadClientsOptions Options => options;

        public ApiKeyRing Ring => ring;

        public FrozenDictionary<SpiffeId, Client> Clients { get; } = options.Clients.ToFrozenDictionary(c => SpiffeId.Parse(c.Id), c => new Client
        {
            KeyId = c.Id,
            Kind = IdentityKind.Workload,
            Tenant = c.Tenant,
            Scopes = ScopeNames.Parse(c.Scopes) ?? ClientScopes.None,
            Models = [.. c.Models],
            Features = [],
            TenantLimits = ring.LimitsOf(c.Tenant),
        });
    }
}
