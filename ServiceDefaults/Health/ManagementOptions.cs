using System.ComponentModel.DataAnnotations;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults;

/// <summary>Section <c>Management</c>.</summary>
public sealed class ManagementOptions : IValidatableObject
{
    private static readonly string[] _usual = [ServiceNames.Operator, ServiceNames.Prometheus];

    /// <summary>
    /// Who sees reasons and metrics outside development: service accounts of our own namespace, or whole SPIFFE ids of our trust domain. Empty: the operator and Prometheus.
    /// </summary>
    public IList<string> Callers { get; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Callers.Any(c => !SpiffeId.TryParse(c, out _) && !SpiffeId.IsSegment(c)))
        {
            yield return new ValidationResult("must hold service accounts of this namespace, e.g. prometheus, or SPIFFE ids.", [nameof(Callers)]);
        }
    }

    /// <param name="caller">As proved in the handshake, which also checked the trust domain.</param>
    internal bool Allows(SpiffeId caller, string ownNamespace) => (Callers is { Count: > 0 } ? Callers : _usual).Any(c =>
        c == caller.ToString() || (c == caller.Service && caller.Namespace == ownNamespace));
}
