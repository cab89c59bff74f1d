using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zakenak.ServiceDefaults;

/// <summary>The roots of a trust domain and the issuing certificates that may be met below them.</summary>
public sealed class TrustBundle
{
    /// <summary>id-kp-serverAuth.</summary>
    public const string ServerUsage = "1.3.6.1.5.5.7.3.1";

    /// <summary>id-kp-clientAuth.</summary>
    public const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    public TrustBundle(string trustDomain, IReadOnlyList<X509Certificate2> roots, IReadOnlyList<X509Certificate2> issuing)
    {
        ArgumentNullException.ThrowIfNull(roots);
        if (!SpiffeId.IsTrustDomain(trustDomain))
        {
            throw new ArgumentException("Not a trust domain's name.", nameof(trustDomain));
        }

        if (roots.Count == 0)
        {
            throw new ArgumentException("A trust bundle without roots trusts nobody.", nameof(roots));
        }

        TrustDomain = trustDomain;
        Roots = roots;
        Issuing = issuing;
    }

    public string TrustDomain { get; }

    public IReadOnlyList<X509Certificate2> Roots { get; }

    public IReadOnlyList<X509Certificate2> Issuing { get; }

    /// <summary>Chain rules for one handshake: only our roots, nothing fetched. A new object each time, because TLS adds what the peer sent to it.</summary>
    /// <param name="usage">Extended key usage the leaf must have.</param>
    /// <param name="at">Null for the clock of the machine.</param>
    public X509ChainPolicy ToChainPolicy(string usage, DateTimeOffset? at = null)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(usage));
        policy.CustomTrustStore.AddRange(Roots.ToArray());

        // A resumed TLS session presents the leaf alone; without these its chain could not be built.
        policy.ExtraStore.AddRange(Issuing.ToArray());
        if (at is { } time)
        {
            policy.VerificationTimeIgnored = false;
            policy.VerificationTime = time.UtcDateTime;
        }

        return policy;
    }

    /// <summary>Checks profile, trust domain, chain and validity of a certificate that did not come by TLS (a grant's <c>x5c</c>).</summary>
    /// <param name="presented">Further certificates the peer sent; trusted for nothing but building the chain.</param>
    public SvidVerdict Verify(X509Certificate2 leaf, IEnumerable<X509Certificate2> presented, string usage, DateTimeOffset at)
    {
        using var chain = new X509Chain { ChainPolicy = ToChainPolicy(usage, at) };
        chain.ChainPolicy.ExtraStore.AddRange(presented.ToArray());
        var trusted = chain.Build(leaf);
        var verdict = Judge(leaf, trusted, chain);
        foreach (var element in chain.ChainElements)
        {
            element.Certificate.Dispose();
        }

        return verdict;
    }

    /// <summary>The verdict on a leaf whose chain was built with <see cref="ToChainPolicy"/>.</summary>
    internal SvidVerdict Judge(X509Certificate2 leaf, bool trusted, X509Chain? chain)
    {
        if (!trusted)
        {
            var status = chain is null ? "no chain" : string.Join(", ", chain.ChainStatus.Select(s => s.Status).Distinct());
            return SvidVerdict.Refused($"its chain does not lead to a root of {TrustDomain} ({status})");
        }

        var verdict = SvidProfile.Read(leaf);
        return verdict.IsAccepted && verdict.Id.TrustDomain != TrustDomain
            ? SvidVerdict.Refused($"it belongs to trust domain {verdict.Id.TrustDomain}, not {TrustDomain}")
            : verdict;
    }
}
