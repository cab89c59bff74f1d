using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>A certificate authority in memory: identities for any service, good and bad, with no CA process. The bad ones are named after their defect.</summary>
public sealed class TestTrustDomain
{
    public const string Name = "zakenak.local";

    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _issuing;

    public TestTrustDomain(string name = Name)
    {
        TrustDomain = name;
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = CaRequest(rootKey, $"CN={name} root", pathLength: 1);
        _root = rootRequest.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var issuingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuingRequest = CaRequest(issuingKey, $"CN={name} issuing", pathLength: 0);
        using var issuing = issuingRequest.Create(_root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(29), Serial());
        _issuing = issuing.CopyWithPrivateKey(issuingKey);
        Bundle = new TrustBundle(name, [WithoutKey(_root)], [WithoutKey(_issuing)]);
    }

    public string TrustDomain { get; }

    public TrustBundle Bundle { get; }

    /// <summary>A working identity, as if enrolled.</summary>
    public WorkloadIdentity CreateIdentity(string service, string ns = "dev")
    {
        var identity = new WorkloadIdentity(SpiffeId.ForService(TrustDomain, ns, service));
        identity.Swap(Issue(identity.Id), Bundle);
        return identity;
    }

    /// <summary>Puts a new SVID (new key, new serial) in place, as a renewal does.</summary>
    public void Rotate(WorkloadIdentity identity, TimeSpan? lifetime = null) =>
        identity.Swap(Issue(identity.Id, notAfter: DateTimeOffset.UtcNow + (lifetime ?? TimeSpan.FromHours(1))), Bundle);

    public WorkloadIdentity CreateExpiredIdentity(string service) =>
        Holding(service, id => Issue(id, DateTimeOffset.UtcNow.AddHours(-2), DateTimeOffset.UtcNow.AddMinutes(-1)));

    public WorkloadIdentity CreateNotYetValidIdentity(string service) =>
        Holding(service, id => Issue(id, DateTimeOffset.UtcNow.AddHours(1), DateTimeOffset.UtcNow.AddHours(2)));

    /// <summary>The right SPIFFE id in a certificate that nobody but its holder signed.</summary>
    public WorkloadIdentity CreateSelfSignedIdentity(string service) => Holding(service, id =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new Svid(LeafRequest(key, [id.ToString()]).CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddHours(1)), []);
    });

    public WorkloadIdentity CreateTwoUriNamesIdentity(string service) =>
        Holding(service, id => Issue(id, uris: [id.ToString(), id + "-2"]));

    public WorkloadIdentity CreateNoUriNameIdentity(string service) => Holding(service, id => Issue(id, uris: []));

    public WorkloadIdentity CreateLeafWithCaTrueIdentity(string service) => Holding(service, id => Issue(id, ca: true));

    /// <summary>Its own bundle is the other domain's, so it trusts the peer and only the peer can refuse.</summary>
    public static WorkloadIdentity CreateIdentityOfAnotherDomain(TestTrustDomain trusted, string service)
    {
        var other = new TestTrustDomain("elsewhere.example");
        var identity = new WorkloadIdentity(SpiffeId.ForService(other.TrustDomain, "dev", service));
        identity.Swap(other.Issue(identity.Id), trusted.Bundle);
        return identity;
    }

    /// <summary>Makes a service under test use this identity on free ports, with no certificate authority. For the <c>configure</c> of a service's <c>Create</c>.</summary>
    public static void Use(WebApplicationBuilder builder, IWorkloadIdentity identity)
    {
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Service:Namespace"] = identity.Id.Namespace,
            ["Listen:TrafficPort"] = "0",
            ["Listen:ManagementPort"] = "0",
            ["Identity:TrustDomain"] = identity.Id.TrustDomain,
            ["Identity:CertAuthorityUrl"] = "https://127.0.0.1:1",
            ["Identity:TrustAnchorsFile"] = "unused.pem",
            ["Identity:TokenFile"] = "unused.token",
        });
        builder.Services.AddSingleton(identity);
    }

    /// <summary>Issues a leaf with a new P-256 key.</summary>
    public Svid Issue(SpiffeId id, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null, IReadOnlyList<string>? uris = null, bool ca = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuing = WithoutKey(_issuing);
        var request = LeafRequest(key, uris ?? [id.ToString()], ca);
        using var leaf = request.Create(
            _issuing.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_issuing.GetECDsaPrivateKey()!),
            notBefore ?? DateTimeOffset.UtcNow.AddMinutes(-1),
            notAfter ?? DateTimeOffset.UtcNow.AddHours(1),
            Serial());
        return new Svid(leaf.CopyWithPrivateKey(key), [WithoutKey(_issuing)]);
    }

    private WorkloadIdentity Holding(string service, Func<SpiffeId, Svid> issue)
    {
        var identity = new WorkloadIdentity(SpiffeId.ForService(TrustDomain, "dev", service));
        identity.Swap(issue(identity.Id), Bundle);
        return identity;
    }

    private static CertificateRequest CaRequest(ECDsa key, string subject, int pathLength)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static CertificateRequest LeafRequest(ECDsa key, IReadOnlyList<string> uris, bool ca = false)
    {
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(ca, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(TrustBundle.ServerUsage), new Oid(TrustBundle.ClientUsage)], false));
        if (uris.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var uri in uris)
            {
                names.AddUri(new Uri(uri));
            }

            request.CertificateExtensions.Add(names.Build());
        }

        return request;
    }

    private static X509Certificate2 WithoutKey(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    private static byte[] Serial() => RandomNumberGenerator.GetBytes(16);
}
