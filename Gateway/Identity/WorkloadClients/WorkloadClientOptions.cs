using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.WorkloadClients;

/// <summary>What one workload may do.</summary>
internal sealed class WorkloadClientOptions
{
    /// <summary>Its SPIFFE id, whole.</summary>
    public string Id { get; set; } = "";

    /// <summary>The tenant that is billed and limited.</summary>
    public string Tenant { get; set; } = "";

    /// <summary>What it may ask for: chat, embeddings, models, tokenize.</summary>
    public IList<string> Scopes { get; init; } = [];

    /// <summary>Names or versions of models; <c>*</c>: every one.</summary>
    public IList<string> Models { get; init; } = [];

    /// <summary>The first setting that can't be as it is, and what is wrong with it.</summary>
    public (string Key, string What)? Fault() =>
        !SpiffeId.TryParse(Id, out var id) || id.Path.Length == 0 ? (nameof(Id), "must be the SPIFFE id of a workload")
        : !TenantName.IsValid(Tenant) ? (nameof(Tenant), $"must be {TenantName.Rule}")
        : Scopes.Count == 0 || ScopeNames.Parse(Scopes) is null ? (nameof(Scopes), $"must name some of {ScopeNames.All}")
        : Models.Count == 0 || Models.Any(string.IsNullOrEmpty) ? (nameof(Models), "must name models, or '*'")
        : null;
}
