using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Signing;

/// <summary>A root, an issuing CA, and certificates for signing models, right ones and wrong ones.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string Identity = "https://example.org/teams/models";
    public const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static readonly TimeProvider Clock = new StoppedClock(Now);

    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _issuing;
    private readonly ECDsa _issuingKey;

    public TestAuthority(TimeSpan? issuingLifetime = null)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _issuingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _root = Authority("CN=root", rootKey).CreateSelfSigned(Now.AddYears(-5), Now.AddYears(10));
        _issuing = Authority("CN=issuing", _issuingKey).Create(_root, Now.AddYears(-4), Now + (issuingLifetime ?? TimeSpan.FromDays(3000)), [2]);
    }

    public string RootPem => _root.ExportCertificatePem();

    public string IssuingPem => _issuing.ExportCertificatePem();

    public TrustedRoot Root => TrustedRoot.Parse(RootPem, "root.pem").Value!;

    public X509Certificate2 Issue(SigningKey key, Leaf? leaf = null)
    {
        leaf ??= new Leaf();
        using var publicKey = ECDsa.Create();
        publicKey.ImportFromPem(key.PublicKey.Pem);
        var request = new CertificateRequest("CN=signer", publicKey, HashAlgorithmName.SHA256);
        if (leaf.Usage is { } usage)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        }

        if (leaf.ExtendedUsage is { } extended)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(extended)], critical: false));
        }

        if (leaf.Names is { } names)
        {
            var builder = new SubjectAlternativeNameBuilder();
            names(builder);
            request.CertificateExtensions.Add(builder.Build());
        }

        if (leaf.Issuer is { } issuer)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, issuer);
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.57264.1.8", writer.Encode(), critical: false));
        }

        if (leaf.IssuerBefore is { } before)
        {
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.57264.1.1", System.Text.Encoding.UTF8.GetBytes(before), critical: false));
        }

        // By name and key, because a certificate that outlives its CA is one of the wrong ones.
        return request.Create(_issuing.SubjectName, X509SignatureGenerator.CreateForECDsa(_issuingKey), leaf.From, leaf.Until, RandomNumberGenerator.GetBytes(8));
    }

    /// <summary>Neither a CA nor issued by one.</summary>
    public static X509Certificate2 SelfSign(SigningKey key)
    {
        using var privateKey = ECDsa.Create();
        privateKey.ImportFromPem(key.ExportPem());
        var request = new CertificateRequest("CN=self", privateKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(CodeSigning)], critical: false));
        return request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
    }

    /// <summary>A key that signs by certificate, with whatever certificate.</summary>
    public SigningKey Signer(Leaf? leaf = null, SigningCurve curve = SigningCurve.P256)
    {
        var key = SigningKey.Create(curve);
        using var certificate = Issue(key, leaf);
        key.Chain = new CertificateChain([certificate.RawData, _issuing.RawData]);
        return key;
    }

    public AllowedSigners Allow(string? identity = Identity, string? issuer = null, DateTimeOffset? now = null) =>
        AllowedSigners.Of([], [new AllowedCertificate(Root, identity, issuer)], new StoppedClock(now ?? Now));

    public void Dispose()
    {
        _root.Dispose();
        _issuing.Dispose();
        _issuingKey.Dispose();
    }

    private static CertificateRequest Authority(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }

    public sealed record Leaf
    {
        public X509KeyUsageFlags? Usage { get; init; } = X509KeyUsageFlags.DigitalSignature;

        public string? ExtendedUsage { get; init; } = CodeSigning;

        public Action<SubjectAlternativeNameBuilder>? Names { get; init; } = names => names.AddUri(new Uri(Identity));

        public string? Issuer { get; init; }

        public string? IssuerBefore { get; init; }

        public DateTimeOffset From { get; init; } = Now.AddDays(-10);

        public DateTimeOffset Until { get; init; } = Now.AddDays(10);
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
