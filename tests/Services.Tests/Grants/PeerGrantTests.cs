using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Grants;

/// <summary>Grants that name the certificate of the connection they come over.</summary>
public class PeerGrantTests
{
    private static readonly TestTrustDomain _domain = new();
    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
    private readonly WorkloadIdentity _gateway = _domain.CreateIdentity(ServiceNames.Gateway);
    private readonly WorkloadIdentity _modelServer = _domain.CreateIdentity(ServiceNames.ModelServer);
    private readonly GrantVerifier _verifier;

    public PeerGrantTests() => _verifier = new GrantVerifier(_modelServer, _time);

    [Fact]
    public void A_grant_for_the_peer_names_the_certificate_instead_of_holding_it()
    {
        var (whole, named) = (new GrantIssuer(_gateway).Mint(NewGrant()), new GrantIssuer(_gateway).MintForPeer(NewGrant()));
        var (header, claims) = (GrantVerifierTests.Decode(named.Jws.Split('.')[0]), named.Jws.Split('.')[1]);
        Assert.Equal(["alg", "typ", "x5t#S256"], header.Select(m => m.Key));
        Assert.Equal(Base64Url.EncodeToString(_gateway.Current.Certificate.GetCertHash(HashAlgorithmName.SHA256)), (string?)header["x5t#S256"]);
        Assert.Equal(whole.Jws.Split('.')[1], claims);
        Assert.Same(_gateway.Current, named.Svid);
    }

    [Fact]
    public void A_grant_for_the_peer_is_nothing_without_that_peer()
    {
        var jws = new GrantIssuer(_gateway).MintForPeer(NewGrant()).Jws;
        Assert.Equal("grant_issuer", Verify(jws).Code);
        Assert.True(Verify(jws, PeerOf(_gateway)).IsAccepted);
        Assert.Equal("grant_issuer", Verify(jws).Code);
        Assert.Equal("grant_issuer", Verify(jws, PeerOf(_domain.CreateIdentity(ServiceNames.Gateway))).Code);
    }

    [Fact]
    public void A_peer_that_is_no_gateway_of_ours_now_signs_nothing()
    {
        Assert.Equal("grant_issuer", MintedByPeer(_domain.CreateIdentity(ServiceNames.FeatureProxy)).Code);
        Assert.Equal("grant_issuer", MintedByPeer(_domain.CreateIdentity(ServiceNames.Gateway, ns: "prod")).Code);
        Assert.Equal("grant_issuer", MintedByPeer(TestTrustDomain.CreateIdentityOfAnotherDomain(_domain, ServiceNames.Gateway)).Code);
        Assert.Equal("grant_issuer", MintedByPeer(_domain.CreateExpiredIdentity(ServiceNames.Gateway)).Code);
        Assert.True(MintedByPeer(_domain.CreateIdentity(ServiceNames.Gateway)).IsAccepted);

        GrantResult MintedByPeer(WorkloadIdentity identity) =>
            Verify(new GrantIssuer(identity).MintForPeer(NewGrant() with { Issuer = identity.Id.ToString() }).Jws, PeerOf(identity));
    }

    [Fact]
    public void What_a_peers_certificate_did_not_sign_is_refused()
    {
        using var thiefsKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var jws = GrantVerifierTests.Forge(_gateway.Current, NewGrant(), Name, sign: data => thiefsKey.SignData(data, HashAlgorithmName.SHA256));
        Assert.Equal("grant_signature_invalid", Verify(jws, PeerOf(_gateway)).Code);
        Assert.Equal("grant_malformed", Verify(GrantVerifierTests.Forge(_gateway.Current, NewGrant(), header => header["x5t#S256"] = _gateway.Current.Thumbprint), PeerOf(_gateway)).Code);

        void Name(JsonObject header)
        {
            header.Remove("x5c");
            header["x5t#S256"] = _gateway.Current.Thumbprint;
        }
    }

    [Fact]
    public void A_peer_is_judged_again_when_the_bundle_changes()
    {
        var (jws, peer) = (new GrantIssuer(_gateway).MintForPeer(NewGrant()).Jws, PeerOf(_gateway));
        Assert.True(Verify(jws, peer).IsAccepted);
        _modelServer.SwapRoots(_modelServer.Bundle.Roots);
        Assert.True(Verify(jws, peer).IsAccepted);
        _modelServer.Swap(_modelServer.Current, new TestTrustDomain().Bundle);
        Assert.Equal("grant_issuer", Verify(jws, peer).Code);
    }

    [Fact]
    public void A_grant_for_the_peer_does_not_outlive_the_peers_certificate()
    {
        _domain.Rotate(_gateway, TimeSpan.FromMinutes(3));
        var (issuer, peer) = (new GrantIssuer(_gateway), PeerOf(_gateway));
        Assert.True(Verify(issuer.MintForPeer(NewGrant()).Jws, peer).IsAccepted);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal("grant_issuer", Verify(issuer.MintForPeer(NewGrant()).Jws, peer).Code);
    }

    private GrantResult Verify(string? jws, PeerFeature? peer = null) => _verifier.Verify(jws, ServiceNames.ModelServer, peer);

    private Grant NewGrant() => GrantVerifierTests.NewGrant(_gateway.Id, _time);

    /// <summary>As the handshake leaves it.</summary>
    private PeerFeature PeerOf(WorkloadIdentity identity) =>
        new(identity.Id, identity.Current.Certificate, _modelServer.Bundle);
}
