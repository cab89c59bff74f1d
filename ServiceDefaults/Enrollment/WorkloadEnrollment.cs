using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>Enrollment for a process that lives shorter than its SVID, such as the command-line tool: once, without renewal.</summary>
public static class WorkloadEnrollment
{
    private const int MaxAttempts = 3;

    /// <summary>
    /// Enrolls at the certificate authority of a namespace; the outcome says why not where it failed. An authority that does not answer, in 10 s, is asked three times.
    /// </summary>
    /// <param name="id">Whom the token is for.</param>
    /// <param name="authority"><c>https://HOST:PORT</c>.</param>
    /// <param name="trustAnchorsFile">PEM file of the roots by which the authority proves itself before the token is sent.</param>
    /// <param name="tokenFile">Deleted in development, once it is spent.</param>
    public static Task<(WorkloadIdentity? Identity, string? Failure)> EnrollAsync(
        SpiffeId id, Uri authority, string trustAnchorsFile, string tokenFile, TimeProvider time, CancellationToken cancellationToken) =>
        EnrollAsync(id, trustAnchorsFile, new EnrollmentOptions { CertAuthorityUrl = authority, TokenFile = tokenFile }, time, cancellationToken);

    /// <summary>The same with whatever proof the options name.</summary>
    public static async Task<(WorkloadIdentity? Identity, string? Failure)> EnrollAsync(
        SpiffeId id, string trustAnchorsFile, EnrollmentOptions enrollment, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        var identity = new WorkloadIdentity(id);
        var client = new EnrollmentClient(
            identity,
            Options.Create(new WorkloadIdentityOptions { TrustDomain = id.TrustDomain, TrustAnchorsFile = trustAnchorsFile }),
            Options.Create(enrollment),
            new ServiceContext(id.Service!, Options.Create(new ServiceOptions { Namespace = id.Namespace! })),
            time,
            NullLogger<EnrollmentClient>.Instance);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        SvidOutcome outcome;
        var attempt = 0;
        do
        {
            // Should an answer have got lost, the authority recognises the key that the token was spent for.
            outcome = await client.ObtainAsync(key, SvidProof.Token, cancellationToken).ConfigureAwait(false);
        }
        while (outcome.IsUnanswered && ++attempt < MaxAttempts);

        if (!outcome.IsIssued)
        {
            return (null, outcome.Failure);
        }

        identity.Swap(outcome.Svid, outcome.Bundle);
        return (identity, null);
    }
}
