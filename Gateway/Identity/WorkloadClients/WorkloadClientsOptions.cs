using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.WorkloadClients;

/// <summary>Section <c>WorkloadClients</c>: which client certificates are good for what. Without a trust domain none is asked for.</summary>
internal sealed class WorkloadClientsOptions : IValidatableObject
{
    public const string Section = "WorkloadClients";

    /// <summary>Trust domains whose workloads may prove who they are.</summary>
    public IList<TrustDomainOptions> TrustDomains { get; init; } = [];

    /// <summary>What each workload may do. One that is not here may do nothing.</summary>
    public IList<WorkloadClientOptions> Clients { get; init; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var i = 0; i < TrustDomains.Count; i++)
        {
            if (!SpiffeId.IsTrustDomain(TrustDomains[i].Name))
                yield return new ValidationResult("must be the name of a trust domain", [$"{nameof(TrustDomains)}:{i}:{nameof(TrustDomainOptions.Name)}"]);
            if (TrustDomains.Take(i).Any(t => t.Name == TrustDomains[i].Name))
                yield return new ValidationResult("is configured before", [$"{nameof(TrustDomains)}:{i}:{nameof(TrustDomainOptions.Name)}"]);
        }

        for (var i = 0; i < Clients.Count; i++)
        {
            if (FaultOf(Clients[i]) is var (member, what))
                yield return new ValidationResult(what, [$"{nameof(Clients)}:{i}:{member}"]);
            if (Clients.Take(i).Any(c => c.Id == Clients[i].Id))
                yield return new ValidationResult("is configured before", [$"{nameof(Clients)}:{i}:{nameof(WorkloadClientOptions.Id)}"]);
        }
    }

    private (string Member, string What)? FaultOf(WorkloadClientOptions client) =>
        client.Fault() ?? (TrustDomains.Any(t => t.Name == SpiffeId.Parse(client.Id).TrustDomain)
            ? null
            : (nameof(WorkloadClientOptions.Id), "is of a trust domain that WorkloadClients:TrustDomains does not have"));
}
