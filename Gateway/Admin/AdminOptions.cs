using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Admin;

/// <summary>Section <c>Admin</c>: who may administer the gateway, and where. All but the port is followed while it runs.</summary>
internal sealed class AdminOptions : IValidatableObject
{
    public const string Section = "Admin";

    /// <summary>Mutual TLS; 0 takes a free port.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>SPIFFE ids that may look.</summary>
    public IList<string> Readers { get; init; } = [];

    /// <summary>SPIFFE ids that may look and change. Nobody unless named.</summary>
    public IList<string> Writers { get; init; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        FaultsOf(Readers, nameof(Readers)).Concat(FaultsOf(Writers, nameof(Writers)));

    private static IEnumerable<ValidationResult> FaultsOf(IList<string> ids, string member)
    {
        for (var i = 0; i < ids.Count; i++)
        {
            if (!SpiffeId.TryParse(ids[i], out var id) || id.Path.Length == 0)
                yield return new ValidationResult("must be the SPIFFE id of a workload, spiffe://TRUST-DOMAIN/PATH.", [$"{member}:{i}"]);
        }
    }
}
