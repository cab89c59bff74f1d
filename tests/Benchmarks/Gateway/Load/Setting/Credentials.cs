using System.Security.Cryptography.X509Certificates;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>An SVID from the real certificate authority, also as files for programs that enroll nowhere.</summary>
/// <param name="CertificateFile">PEM with the chain.</param>
internal sealed record Credentials(WorkloadIdentity Identity, string CertificateFile, string KeyFile)
{
    private const string TrustDomain = "zakenak.local";

    public static async Task<Credentials> EnrollAsync(string service, Uri authority, string anchors, string folder, byte[] enrollmentKey, CancellationToken cancellation)
    {
        var id = SpiffeId.ForService(TrustDomain, ServiceContext.DevelopmentNamespace, service);
        var (identity, failure) = await WorkloadEnrollment.EnrollAsync(id, authority, anchors, NewToken(service, folder, enrollmentKey), TimeProvider.System, cancellation);
        if (identity is null)
            throw new InvalidOperationException($"{service} could not enroll: {failure}.");
        var svid = identity.Current;
        var files = new Credentials(identity, Path.Combine(folder, service + ".crt"), Path.Combine(folder, service + ".key"));
        var chain = new X509Certificate2Collection(svid.Certificate);
        chain.AddRange(svid.Chain.ToArray());
        await File.WriteAllTextAsync(files.CertificateFile, chain.ExportCertificatePems(), cancellation);
        using var key = svid.Certificate.GetECDsaPrivateKey()!;
        await File.WriteAllTextAsync(files.KeyFile, key.ExportPkcs8PrivateKeyPem(), cancellation);
        return files;
    }

    /// <summary>The file of a token with which one process may enroll, once.</summary>
    public static string NewToken(string service, string folder, byte[] enrollmentKey)
    {
        var token = EnrollmentToken.Create(service, ServiceContext.DevelopmentNamespace, DateTimeOffset.UtcNow.AddMinutes(5));
        var path = Path.Combine(folder, token.Id + ".token");
        File.WriteAllText(path, token.Protect(enrollmentKey));
        return path;
    }
}
