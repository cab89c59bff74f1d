using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Decides whose SVID a request may have, by token or by client certificate. No proof, no certificate.</summary>
internal sealed class EnrollmentGate(IFirstProof proof, EnrollableServices services)
{
    private static readonly Refusal _missing = new(StatusCodes.Status401Unauthorized, "token_missing", "An enrollment token or a client certificate is needed.");

    public static Refusal Invalid { get; } = new(StatusCodes.Status401Unauthorized, "token_invalid", "The enrollment token is not one of ours.");

    public static Refusal Spent { get; } = new(StatusCodes.Status401Unauthorized, "token_spent", "The enrollment token was used before.");

    /// <param name="caller">The client certificate's id, chain and trust domain checked; null without one.</param>
    public Task<EnrollmentDecision> DecideAsync(string? token, SpiffeId? caller, CancellationToken cancellationToken) =>
        token is not null ? proof.DecideAsync(token, cancellationToken)
        : Task.FromResult(caller is null ? EnrollmentDecision.Refused(_missing, null)
            : services.Refuse(caller.Namespace, caller.Service) is { } refusal ? EnrollmentDecision.Refused(refusal, caller.ToString())
            : EnrollmentDecision.Renewal(caller));
}
