using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>
/// A single-use token. In development whoever started the process made it for this start, by a key that is good for everybody; outside a cluster the
/// service makes it, by a key that is good for that service alone.
/// </summary>
internal sealed class SignedTokenProof(EnrollmentKeys keys, EnrollableServices services, TimeProvider time) : IFirstProof
{
    private const int MaxTokenIdLength = 128;

    // Spent ids are remembered until they expire, so a token may not live long.
    private static readonly TimeSpan _longestTokenLife = TimeSpan.FromHours(24);

    private static readonly Refusal _expired = new(StatusCodes.Status401Unauthorized, "token_expired", "The enrollment token expired.");

    public Task<EnrollmentDecision> DecideAsync(string token, CancellationToken cancellationToken) => Task.FromResult(Decide(token));

    private EnrollmentDecision Decide(string token)
    {
        var claims = keys.Unprotect(token);
        if (claims is not { Id.Length: > 0 and <= MaxTokenIdLength, Service: not null, Namespace: not null })
        {
            return EnrollmentDecision.Refused(EnrollmentGate.Invalid, null);
        }

        var actor = "token:" + claims.Id;
        var left = claims.ExpiresAt - time.GetUtcNow().ToUnixTimeSeconds();
        return left <= 0 ? EnrollmentDecision.Refused(_expired, actor)
            : left > _longestTokenLife.TotalSeconds ? EnrollmentDecision.Refused(EnrollmentGate.Invalid, actor)
            : services.Refuse(claims.Namespace, claims.Service) is { } refusal ? EnrollmentDecision.Refused(refusal, actor)
            : EnrollmentDecision.Enrollment(services.IdOf(claims.Namespace, claims.Service), claims, actor);
    }
}
