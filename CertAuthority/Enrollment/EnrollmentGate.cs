using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Decides whose SVID a request may have, by token or by client certificate. No proof, no certificate.</summary>
internal sealed class EnrollmentGate(EnrollmentKey key, IWorkloadIdentity own, IOptions<IssuingOptions> options, TimeProvider time)
{
    private const int MaxTokenIdLength = 128;

    // Spent ids are remembered until they expire, so a token may not live long.
    private static readonly TimeSpan _longestTokenLife = TimeSpan.FromHours(24);

    private static readonly Refusal _missing = new(StatusCodes.Status401Unauthorized, "token_missing", "An enrollment token or a client certificate is needed.");
    private static readonly Refusal _invalid = new(StatusCodes.Status401Unauthorized, "token_invalid", "The enrollment token is not one of ours.");
    private static readonly Refusal _expired = new(StatusCodes.Status401Unauthorized, "token_expired", "The enrollment token expired.");
    private static readonly Refusal _otherNamespace = new(StatusCodes.Status403Forbidden, "namespace_not_allowed", "This authority issues for another namespace.");
    private static readonly Refusal _noService = new(StatusCodes.Status403Forbidden, "service_not_allowed", "This service may not enroll.");

    public static Refusal Spent { get; } = new(StatusCodes.Status401Unauthorized, "token_spent", "The enrollment token was used before.");

    /// <param name="caller">The client certificate's id, chain and trust domain checked; null without one.</param>
    public EnrollmentDecision Decide(string? token, SpiffeId? caller)
    {
        if (token is not null)
        {
            return DecideByToken(token);
        }

        return caller is null ? EnrollmentDecision.Refused(_missing, null)
            : caller.Namespace != own.Id.Namespace ? EnrollmentDecision.Refused(_otherNamespace, caller.ToString())
            : !options.Value.Services.Contains(caller.Service!) ? EnrollmentDecision.Refused(_noService, caller.ToString())
            : EnrollmentDecision.Renewal(caller);
    }

    private EnrollmentDecision DecideByToken(string token)
    {
        var claims = key.Unprotect(token);
        if (claims is not { Id.Length: > 0 and <= MaxTokenIdLength, Service: not null, Namespace: not null })
        {
            return EnrollmentDecision.Refused(_invalid, null);
        }

        var actor = "token:" + claims.Id;
        var left = claims.ExpiresAt - time.GetUtcNow().ToUnixTimeSeconds();
        return left <= 0 ? EnrollmentDecision.Refused(_expired, actor)
            : left > _longestTokenLife.TotalSeconds ? EnrollmentDecision.Refused(_invalid, actor)
            : claims.Namespace != own.Id.Namespace ? EnrollmentDecision.Refused(_otherNamespace, actor)
            : !options.Value.Services.Contains(claims.Service) ? EnrollmentDecision.Refused(_noService, actor)
            : EnrollmentDecision.Enrollment(SpiffeId.ForService(own.Id.TrustDomain, claims.Namespace, claims.Service), claims, actor);
    }
}
