using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.Cli.Peers;

/// <summary>Who this process is to a service of the suite.</summary>
internal static class OperatorIdentity
{
    private const string TrustDomain = "zakenak.local";

    // Spent within the second; should the process die before, it is worthless soon.
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(1);

    /// <summary>Whoever can read the state folder's enrollment key is the operator of the suite that runs there: it signs a token for one enrollment.</summary>
    /// <param name="unreachable">What to say, with the cause after it, where the suite does not answer.</param>
    public static async Task<Result<WorkloadIdentity>> EnrollAsync(DevelopmentSuite suite, Refusal unreachable, CancellationToken cancellationToken)
    {
        string? tokenFile = null;
        try
        {
            tokenFile = suite.NewTokenFile(ServiceNames.Operator, TokenLifetime, TimeProvider.System);
            var (identity, failure) = await WorkloadEnrollment.EnrollAsync(
                SpiffeId.ForService(TrustDomain, ServiceContext.DevelopmentNamespace, ServiceNames.Operator),
                suite.CertAuthority,
                suite.TrustAnchorsFile,
                tokenFile,
                TimeProvider.System,
                cancellationToken);
            return identity is null
                ? new Refusal(unreachable.Code, $"{unreachable.Message} ({failure})")
                : identity;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(unreachable.Code, $"{unreachable.Message} ({e.Message})");
        }
        finally
        {
            if (tokenFile is not null)
            {
                File.Delete(tokenFile);
            }
        }
    }

    /// <summary>An SVID that somebody else obtained, from its files.</summary>
    public static Result<WorkloadIdentity> Load(IdentityFiles files)
    {
        if (TrustAnchors.TryLoad(files.TrustAnchors, out var reason) is not { } anchors)
        {
            return new Refusal(RefusalCodes.KeyMalformed, $"Nobody can be trusted: {reason}.");
        }

        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(files.Certificate);
            var pair = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
            var verdict = SvidProfile.Read(pair);
            if (!verdict.IsAccepted || verdict.Id.Namespace is null)
            {
                return new Refusal(RefusalCodes.KeyMalformed, $"{files.Certificate} is no X.509-SVID of a workload: {verdict.Refusal ?? "its SPIFFE id has no namespace"}.");
            }

            X509Certificate2[] issuing = [.. chain.Skip(1)];
            var identity = new WorkloadIdentity(verdict.Id);
            identity.Swap(new Svid(pair, issuing), new TrustBundle(verdict.Id.TrustDomain, anchors, issuing));
            return identity;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Refusal(RefusalCodes.KeyMissing, $"{files.Certificate} or {files.Key} does not exist. Name the files of your X.509-SVID.");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.KeyMalformed, $"{files.Certificate} and {files.Key} are no certificate and its private key in PEM: {e.Message}");
        }
    }
}
