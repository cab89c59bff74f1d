using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>
/// A projected, pod-bound service-account token, which the API server says is valid, meant for this authority, and bound to a pod that still exists.
/// It may be used again while it lives: its pod needs it again should its SVID expire.
/// </summary>
internal sealed class ServiceAccountProof(
    ApiServerClient apiServer, EnrollableServices services, IOptions<KubernetesOptions> options, ILogger<ServiceAccountProof> logger) : IFirstProof, IDisposable
{
    private const int MaxTokenLength = 16 * 1024;
    private const string PodName = "authentication.kubernetes.io/pod-name";
    private const string PodUid = "authentication.kubernetes.io/pod-uid";

    private static readonly Refusal _otherAudience = new(
        StatusCodes.Status401Unauthorized, "token_audience_wrong", "The API server did not say that the token is meant for this authority.");

    private static readonly Refusal _notPodBound = new(StatusCodes.Status401Unauthorized, "token_not_pod_bound", "Only a token that is bound to a pod is a proof.");

    private static readonly Refusal _busy = new(
        StatusCodes.Status503ServiceUnavailable, "review_busy", "Too many tokens are being reviewed; try again.", RetryAfterSeconds: 1);

    private readonly SemaphoreSlim _asking = new(options.Value.MaxConcurrency);

    public async Task<EnrollmentDecision> DecideAsync(string token, CancellationToken cancellationToken)
    {
        if (!IsJwt(token))
        {
            return EnrollmentDecision.Refused(EnrollmentGate.Invalid, null); // not worth a question
        }

        // Strangers reach this far, so what waits for the API server is bounded in number and, by the client's timeout, in time.
        if (!await _asking.WaitAsync(options.Value.Timeout, cancellationToken).ConfigureAwait(false))
        {
            return EnrollmentDecision.Refused(_busy, null);
        }

        try
        {
            var (status, fault) = await apiServer.ReviewAsync(token, cancellationToken).ConfigureAwait(false);
            if (fault is null)
            {
                return Judge(status!);
            }

            Log.ReviewFailed(logger, fault.Code, fault.Reason);
            return EnrollmentDecision.Refused(
                new Refusal(StatusCodes.Status503ServiceUnavailable, fault.Code, "The token could not be reviewed; nothing is issued unproved.", RetryAfterSeconds: fault.RetryAfterSeconds), null);
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();

    private EnrollmentDecision Judge(TokenReviewStatus status)
    {
        if (!status.Authenticated || ServiceAccount.TryParse(status.User?.Username) is not { } account)
        {
            return EnrollmentDecision.Refused(EnrollmentGate.Invalid, null);
        }

        // An API server that knows no audiences would accept a token that any other service was given.
        return status.Audiences?.Contains(options.Value.Audience) != true ? EnrollmentDecision.Refused(_otherAudience, account.ToString())
            : BearerOf(account, status) is not { } bearer ? EnrollmentDecision.Refused(_notPodBound, account.ToString())
            : services.Refuse(account.Namespace, account.Name) is { } refusal ? EnrollmentDecision.Refused(refusal, bearer)
            : EnrollmentDecision.Enrollment(services.IdOf(account.Namespace, account.Name), bearer);
    }

    /// <summary>The account, and the pod that the token is bound to; null where it is bound to none and has to be.</summary>
    private string? BearerOf(ServiceAccount account, TokenReviewStatus status) =>
        Extra(status, PodName) is { } pod && Extra(status, PodUid) is { } uid ? $"{account} pod {pod}/{uid}"
        : account.Name == ServiceNames.Operator && options.Value.AllowUnboundOperator && status.User?.Extra?.ContainsKey(PodName) != true ? $"{account} in person"
        : null;

    private static string? Extra(TokenReviewStatus status, string key) =>
        status.User?.Extra?.GetValueOrDefault(key) is [{ } value] && ServiceAccount.IsName(value) ? value : null;

    private static bool IsJwt(string token) =>
        token.Length <= MaxTokenLength && token.Split('.') is [{ Length: > 0 }, { Length: > 0 }, { Length: > 0 }]
        && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
