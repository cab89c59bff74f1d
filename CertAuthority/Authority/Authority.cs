using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>
/// The root and the issuing certificates. The next issuing certificate is made when a third of the current one's life is left, and signs
/// only after one SVID lifetime: by then every running service has renewed and holds it in its bundle.
/// </summary>
public sealed class Authority : IDisposable
{
    private const string RootName = "root";
    private const string IssuingPrefix = "issuing-";

    private readonly Lock _lock = new();
    private readonly AuthorityFolder _folder;
    private readonly string _trustDomain;
    private readonly TimeSpan _prepareFor;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SigningCertificate _root;
    private readonly IReadOnlyList<X509Certificate2> _furtherRoots;
    private volatile SigningCertificate[] _issuing = [];
    private volatile TrustBundle _bundle;

    private Authority(AuthorityFolder folder, string trustDomain, IReadOnlyList<X509Certificate2> furtherRoots, TimeSpan prepareFor, TimeProvider time, ILogger logger)
    {
        (_folder, _trustDomain, _furtherRoots, _prepareFor, _time, _logger) = (folder, trustDomain, furtherRoots, prepareFor, time, logger);
        _root = folder.List(RootName).Count > 0 ? LoadRoot() : MakeRoot();
        _bundle = new TrustBundle(trustDomain, [_root.Certificate], []);
        _issuing = [.. folder.List(IssuingPrefix).Select(LoadIssuing).OfType<SigningCertificate>()];
        PrepareNextIfDue();
        if (_issuing.Length == 0)
        {
            throw new StartRefusedException($"There is no valid issuing certificate in {folder.Path} and the root key that could make one is not here.");
        }

        _bundle = MakeBundle();
        Log.AuthorityOpened(logger, trustDomain, Fingerprint(_root.Certificate), _issuing.Length);
    }

    public TrustBundle Bundle => _bundle;

    public DateTimeOffset RootExpiresAt => _root.Certificate.NotAfter;

    public DateTimeOffset IssuingExpiresAt => _issuing[^1].Certificate.NotAfter;

    /// <summary>Opens the state, or makes it at the first start, and sees to it that the trust anchors file names this root.</summary>
    /// <param name="furtherRoots">Trusted beside its own, which alone signs; see <see cref="AuthorityOptions.AdditionalRootsFile"/>.</param>
    /// <exception cref="StartRefusedException">The state is damaged, of another trust domain, or expired.</exception>
    public static Authority Open(
        AuthorityFolder folder, WorkloadIdentityOptions identity, IReadOnlyList<X509Certificate2> furtherRoots, TimeSpan svidLifetime, TimeProvider time, ILogger<Authority> logger)
    {
        ArgumentNullException.ThrowIfNull(identity);
        var authority = new Authority(folder, identity.TrustDomain, furtherRoots, svidLifetime, time, logger);
        TrustAnchorsFile.Ensure(identity.TrustAnchorsFile!, authority._root.Certificate);
        return authority;
    }

    /// <summary>The issuing certificate that signs now.</summary>
    public SigningCertificate GetSigner()
    {
        PrepareNextIfDue();
        var now = _time.GetUtcNow();
        var issuing = _issuing;
        return issuing.LastOrDefault(i => ActiveFrom(i, issuing) <= now && i.Certificate.NotAfter > now) ?? issuing[^1];
    }

    public void Dispose()
    {
        _root.Key?.Dispose();
        foreach (var issuing in _issuing)
        {
            issuing.Key?.Dispose();
        }
    }

    private DateTimeOffset ActiveFrom(SigningCertificate certificate, SigningCertificate[] issuing) =>
        certificate == issuing[0] ? certificate.Certificate.NotBefore : certificate.Certificate.NotBefore + CaTemplate.Backdate + _prepareFor;

    private void PrepareNextIfDue()
    {
        if (!IsNextDue())
        {
            return;
        }

        lock (_lock)
        {
            if (!IsNextDue())
            {
                return;
            }

            if (_root.Key is null)
            {
                Log.RootKeyAbsent(_logger, _issuing.Length > 0 ? IssuingExpiresAt : DateTimeOffset.MinValue);
                return;
            }

            var made = MakeIssuing();
            _issuing = [.. _issuing, made];
            _bundle = MakeBundle();
            Log.IssuingMade(_logger, made.Name, made.Certificate.NotAfter, ActiveFrom(made, _issuing));
        }
    }

    private bool IsNextDue() => _issuing is not [.., var newest] || newest.Certificate.NotAfter - _time.GetUtcNow() < CaTemplate.IssuingLifetime / 3;

    private TrustBundle MakeBundle() => new(_trustDomain, [_root.Certificate, .. _furtherRoots], [.. _issuing.Select(i => i.Certificate)]);

    private SigningCertificate MakeRoot()
    {
        if (_folder.List(IssuingPrefix).Count > 0)
        {
            throw AuthorityFolder.Damaged(Path.Combine(_folder.Path, RootName), "is missing, though issuing certificates are there");
        }

        var now = _time.GetUtcNow();
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = CaTemplate.Root(key, _trustDomain).CreateSelfSigned(now - CaTemplate.Backdate, now + CaTemplate.RootLifetime);
        var certificate = X509CertificateLoader.LoadCertificate(own.RawData);
        _folder.Keep(RootName, key, certificate);
        Log.RootMade(_logger, _trustDomain, Fingerprint(certificate), certificate.NotAfter);
        return new SigningCertificate(RootName, certificate, key);
    }

    private SigningCertificate LoadRoot()
    {
        var root = _folder.Load(RootName, keyMayBeAbsent: true);
        var now = _time.GetUtcNow();
        var path = Path.Combine(_folder.Path, RootName);
        return !root.Certificate.Subject.EndsWith($"O={_trustDomain}", StringComparison.Ordinal)
                ? throw new StartRefusedException($"CertAuthority:Directory: {path} is the root of another trust domain ({root.Certificate.Subject}), Identity:TrustDomain says {_trustDomain}.")
            : root.Certificate.NotAfter <= now
                ? throw new StartRefusedException($"The root in {path} expired at {root.Certificate.NotAfter.ToUniversalTime():O}; begin a new trust domain.")
            : root;
    }

    private SigningCertificate? LoadIssuing(string name)
    {
        var issuing = _folder.Load(name);
        if (issuing.Certificate.NotAfter <= _time.GetUtcNow())
        {
            Log.IssuingExpired(_logger, name, issuing.Certificate.NotAfter);
            issuing.Key?.Dispose();
            _folder.Delete(name);
            return null;
        }

        using var chain = new X509Chain { ChainPolicy = _bundle.ToChainPolicy(TrustBundle.ServerUsage, _time.GetUtcNow()) };
        return chain.Build(issuing.Certificate)
            ? issuing
            : throw AuthorityFolder.Damaged(Path.Combine(_folder.Path, name), "was not signed by the root beside it");
    }

    private SigningCertificate MakeIssuing()
    {
        var number = _folder.List(IssuingPrefix).Select(n => int.TryParse(n.AsSpan(IssuingPrefix.Length), out var i) ? i : 0).DefaultIfEmpty().Max() + 1;
        var name = $"{IssuingPrefix}{number:D4}";
        var now = _time.GetUtcNow();
        var expires = now + CaTemplate.IssuingLifetime;
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = _root.Sign(
            CaTemplate.Issuing(key, _trustDomain, _root.Certificate, name),
            now - CaTemplate.Backdate < _root.Certificate.NotBefore ? _root.Certificate.NotBefore : now - CaTemplate.Backdate,
            expires < _root.Certificate.NotAfter ? expires : _root.Certificate.NotAfter);
        _folder.Keep(name, key, certificate);
        return new SigningCertificate(name, certificate, key);
    }

    private static string Fingerprint(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);
}
