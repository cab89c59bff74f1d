using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Identity.ApiKeys;
using Zakenak.Gateway.Identity.Jwt;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Identity;

public sealed class JwtTests : IAsyncLifetime
{
    private static readonly TestTrustDomain _domain = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zakenak-jwt-");
    private readonly TestIssuer _issuer = new();
    private readonly SteppedClock _clock = new();
    private StubModelServer _server = null!;
    private GatewayHost _gateway = null!;

    private string JwksFile => Path.Combine(_folder.FullName, "jwks.json");

    private JwtAuthenticator Tokens => _gateway.Services.GetRequiredService<JwtAuthenticator>();

    private DateTimeOffset Now => _clock.GetUtcNow();

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(JwksFile, _issuer.Jwks());
        _server = await StubModelServer.StartAsync(_domain);
        _gateway = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _server.DisposeAsync();
        _issuer.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<GatewayHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var gateway = await GatewayHost.StartAsync(_domain, [_server], _clock, [.. TestIssuer.Settings(JwksFile), .. settings]);
        await gateway.Logs.WaitForAsync("Read 2 keys of the token issuer corp");
        return gateway;
    }

    private async Task<string?> ReasonAsync(string token, JwtAuthenticator? tokens = null)
    {
        var identification = await (tokens ?? Tokens).AuthenticateAsync(token, ApiKeyRing.Empty, TestContext.Current.CancellationToken);
        Assert.True(identification.Client is null != identification.Fault is null);
        return identification.Fault?.Reason;
    }

    private static async Task<HttpResponseMessage> AskAsync(GatewayHost gateway, string token, string path = "/v1/chat/completions")
    {
        using var request = new HttpRequestMessage(path.EndsWith("models", StringComparison.Ordinal) ? HttpMethod.Get : HttpMethod.Post, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (request.Method == HttpMethod.Post)
            request.Content = GatewayHost.Json(GatewayHost.Chat());
        return await gateway.Anonymous.SendAsync(request);
    }

    [Fact]
    public async Task A_token_of_the_issuer_is_let_in_as_the_client_that_its_claims_say()
    {
        using var answer = await AskAsync(_gateway, _issuer.Token(Now));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var grant = Assert.Single(_server.Requests).Grant.Grant;
        Assert.Equal(("acme", "corp/alice@example.com"), (grant?.Tenant, grant?.KeyId));

        using var models = await AskAsync(_gateway, _issuer.Token(Now), "/v1/models");
        Assert.Equal(HttpStatusCode.OK, models.StatusCode);
        using var embeddings = await AskAsync(_gateway, _issuer.Token(Now), "/v1/embeddings");
        Assert.Equal("insufficient_scope", (await GatewayHost.ErrorOf(embeddings, HttpStatusCode.Forbidden)).Code);
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS256")]
    [InlineData("ES256")]
    public async Task The_usual_algorithms_are_accepted(string algorithm) => Assert.Null(await ReasonAsync(_issuer.Token(Now, algorithm: algorithm)));

    [Theory]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    public async Task Others_are_accepted_where_they_are_named(string algorithm)
    {
        Assert.Equal(AccessReasons.Algorithm, await ReasonAsync(_issuer.Token(Now, algorithm: algorithm)));
        await using var gateway = await StartAsync(("Jwt:Issuers:0:Algorithms:0", algorithm));
        Assert.Null(await ReasonAsync(_issuer.Token(Now, algorithm: algorithm), gateway.Services.GetRequiredService<JwtAuthenticator>()));
        Assert.Equal(AccessReasons.Algorithm, await ReasonAsync(_issuer.Token(Now), gateway.Services.GetRequiredService<JwtAuthenticator>()));
    }

    [Fact]
    public async Task What_is_not_signed_by_the_issuer_is_refused()
    {
        var good = _issuer.Token(Now);
        var parts = good.Split('.');
        Assert.Null(await ReasonAsync(good));

        // RFC 8725, sections 2.1 and 3.1: no signature, and a public key used as if it were a secret.
        Assert.Equal(AccessReasons.Algorithm, await ReasonAsync(_issuer.Token(Now, algorithm: "none")));
        Assert.Equal(AccessReasons.Algorithm, await ReasonAsync(_issuer.Token(Now, header: h => h["alg"] = "NONE")));
        Assert.Equal(AccessReasons.Algorithm, await ReasonAsync(_issuer.Token(Now, header: h => h["alg"] = "none")));
        Assert.Equal(AccessReasons.Algorithm, await ReasonAsync(_issuer.Token(Now, algorithm: "HS256")));
        Assert.Equal(AccessReasons.Algorithm, await ReasonAsync(_issuer.Token(Now, header: h => h.Remove("alg"))));
        Assert.Equal(AccessReasons.Algorithm, await ReasonAsync(_issuer.Token(Now, algorithm: "RS256", id: TestIssuer.Curve)));
        Assert.Equal(AccessReasons.Signature, await ReasonAsync(_issuer.Token(Now, algorithm: "PS256", header: h => h["alg"] = "RS256")));

        // Tampered with.
        var other = TestIssuer.Encode(JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]))!.ToJsonString().Replace("alice", "root", StringComparison.Ordinal));
        Assert.Equal(AccessReasons.Signature, await ReasonAsync($"{parts[0]}.{other}.{parts[2]}"));
        Assert.Equal(AccessReasons.Signature, await ReasonAsync($"{parts[0]}.{parts[1]}."));
        Assert.Equal(AccessReasons.Signature, await ReasonAsync($"{parts[0]}.{parts[1]}.{parts[2][..^4]}AAAA"));
        Assert.Equal(AccessReasons.Signature, await ReasonAsync(good + "A"));

        // By somebody else's key, under the issuer's name.
        using var stranger = new TestIssuer();
        Assert.Equal(AccessReasons.Signature, await ReasonAsync(stranger.Token(Now)));
        Assert.Equal(AccessReasons.UnknownSigner, await ReasonAsync(_issuer.Token(Now, header: h => h["kid"] = "another")));
        Assert.Equal(AccessReasons.UnknownSigner, await ReasonAsync(_issuer.Token(Now, header: h => h.Remove("kid"))));
    }

    [Fact]
    public async Task A_key_that_the_token_brings_along_is_never_looked_at()
    {
        using var stranger = new TestIssuer();
        var jwk = JsonNode.Parse(stranger.Jwks())!["keys"]![1]!.ToJsonString();
        foreach (var header in new Action<JsonObject>[]
        {
            h => h["jwk"] = JsonNode.Parse(jwk),
            h => h["jku"] = "https://127.0.0.1:1/jwks.json",
            h => h["x5u"] = "https://127.0.0.1:1/cert.pem",
            h => h["x5c"] = new JsonArray("MIIB"),
        })
        {
            Assert.Equal(AccessReasons.Signature, await ReasonAsync(stranger.Token(Now, header: header)));
            Assert.Null(await ReasonAsync(_issuer.Token(Now, header: header)));
        }
    }

    [Fact]
    public async Task A_token_counts_for_its_time_its_issuer_and_its_audience_only()
    {
        Assert.Equal(AccessReasons.Expired, await ReasonAsync(_issuer.Token(Now.AddMinutes(-10))));
        Assert.Equal(AccessReasons.NotYetValid, await ReasonAsync(_issuer.Token(Now, c => c["nbf"] = Now.AddMinutes(2).ToUnixTimeSeconds())));
        Assert.Equal(AccessReasons.NotYetValid, await ReasonAsync(_issuer.Token(Now, c => c["iat"] = Now.AddMinutes(2).ToUnixTimeSeconds())));
        Assert.Equal(AccessReasons.Claims, await ReasonAsync(_issuer.Token(Now, c => c.Remove("exp"))));
        Assert.Equal(AccessReasons.Malformed, await ReasonAsync(_issuer.Token(Now, c => c["exp"] = "tomorrow")));
        Assert.Equal(AccessReasons.Audience, await ReasonAsync(_issuer.Token(Now, c => c["aud"] = "another")));
        Assert.Equal(AccessReasons.Audience, await ReasonAsync(_issuer.Token(Now, c => c["aud"] = TestIssuer.Audience + "/")));
        Assert.Equal(AccessReasons.Audience, await ReasonAsync(_issuer.Token(Now, c => c.Remove("aud"))));
        Assert.Null(await ReasonAsync(_issuer.Token(Now, c => c["aud"] = new JsonArray("another", TestIssuer.Audience))));
        Assert.Equal(AccessReasons.Issuer, await ReasonAsync(_issuer.Token(Now, c => c["iss"] = TestIssuer.Issuer + "/")));
        Assert.Equal(AccessReasons.Issuer, await ReasonAsync(_issuer.Token(Now, c => c.Remove("iss"))));
    }

    [Fact]
    public async Task Clocks_may_differ_by_the_configured_time_and_a_remembered_token_expires_too()
    {
        var token = _issuer.Token(Now, c => c["exp"] = Now.AddMinutes(1).ToUnixTimeSeconds());
        Assert.Null(await ReasonAsync(_issuer.Token(Now.AddSeconds(20))));
        Assert.Null(await ReasonAsync(token));
        _clock.Advance(TimeSpan.FromSeconds(85));
        Assert.Null(await ReasonAsync(token));
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(AccessReasons.Expired, await ReasonAsync(token));
        using var answer = await AskAsync(_gateway, token);
        Assert.Equal("token_expired", (await GatewayHost.ErrorOf(answer, HttpStatusCode.Unauthorized)).Code);
        Assert.Equal("Bearer error=\"invalid_token\"", answer.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task What_is_no_token_is_refused_before_it_is_looked_into()
    {
        var good = _issuer.Token(Now);
        Assert.Equal(AccessReasons.TooLarge, await ReasonAsync(_issuer.Token(Now, c => c["more"] = new string('x', 8000))));
        Assert.Equal(AccessReasons.TooLarge, await ReasonAsync(new string('.', 8193)));
        foreach (var text in new[] { "", "x", "..", "a.b", "a.b.c", "a.b.c.d.e", good + "\u00e9", "." + good, $"{TestIssuer.Encode("[]")}.{TestIssuer.Encode("{}")}.AA", $"{TestIssuer.Encode("{")}.{TestIssuer.Encode("{}")}.AA" })
            Assert.NotNull(await ReasonAsync(text));

        // A name twice, and an extension that we don't know and must not ignore.
        var twice = TestIssuer.Signed($$"""{"alg":"ES256","kid":"{{TestIssuer.Curve}}"}""",
            $$"""{"iss":"{{TestIssuer.Issuer}}","aud":"{{TestIssuer.Audience}}","sub":"a","sub":"b","exp":{{Now.AddMinutes(5).ToUnixTimeSeconds()}}}""", b => _issuer.Sign(b, "ES256"));
        Assert.Equal(AccessReasons.Claims, await ReasonAsync(twice));
        Assert.Equal(AccessReasons.Malformed, await ReasonAsync(_issuer.Token(Now, header: h => (h["crit"], h["exp"]) = (new JsonArray("exp"), 1))));

        using var answer = await AskAsync(_gateway, "a.b.c");
        Assert.Equal("invalid_token", (await GatewayHost.ErrorOf(answer, HttpStatusCode.Unauthorized)).Code);
        Assert.DoesNotContain(_gateway.Logs.Lines, l => l.Contains(good.Split('.')[2], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Claims_that_say_nothing_of_use_are_refused()
    {
        foreach (var claims in new Action<JsonObject>[]
        {
            c => c.Remove("sub"),
            c => c["sub"] = "",
            c => c["sub"] = 7,
            c => c["sub"] = "a b",
            c => c["sub"] = "a\nb",
            c => c["sub"] = new string('a', 256),
            c => c["scope"] = 7,
            c => c["scope"] = new JsonArray("zakenak:chat", 7),
        })
            Assert.Equal(AccessReasons.Claims, await ReasonAsync(_issuer.Token(Now, claims)));
    }

    [Fact]
    public async Task Tenant_scopes_and_models_are_those_of_the_claims_and_nothing_where_they_are_absent()
    {
        await using var gateway = await StartAsync(
            ("Jwt:Issuers:0:Tenant", ""), ("Jwt:Issuers:0:TenantClaim", "org"), ("Jwt:Issuers:0:Tenants:0", "acme"), ("Jwt:Issuers:0:ModelsClaim", "models"));
        var tokens = gateway.Services.GetRequiredService<JwtAuthenticator>();
        async Task<Client?> ClientAsync(Action<JsonObject> claims) =>
            (await tokens.AuthenticateAsync(_issuer.Token(Now, claims), ApiKeyRing.Empty, default)).Client;

        Assert.Null(await ClientAsync(_ => { }));
        Assert.Null(await ClientAsync(c => c["org"] = "other"));
        Assert.Null(await ClientAsync(c => c["org"] = "Acme"));
        var plain = await ClientAsync(c => c["org"] = "acme");
        Assert.Equal(("acme", ClientScopes.Chat | ClientScopes.Models), (plain?.Tenant, plain?.Scopes));
        Assert.Equal(["guide"], plain!.Models);
        var narrow = await ClientAsync(c => (c["org"], c["scope"], c["models"]) = ("acme", new JsonArray("zakenak:embeddings", "chat", "zakenak:unheard-of"), "mine:v2 other"));
        Assert.Equal(ClientScopes.Embeddings, narrow?.Scopes);
        Assert.Equal(["mine:v2", "other"], narrow!.Models);
        Assert.Equal(ClientScopes.None, (await ClientAsync(c => (c["org"], c["x"]) = ("acme", c.Remove("scope"))))?.Scopes);
    }

    [Fact]
    public async Task A_new_key_of_the_issuer_is_found_when_it_is_used_and_a_withdrawn_one_ends_its_tokens()
    {
        var old = _issuer.Token(Now);
        Assert.Null(await ReasonAsync(old));
        await File.WriteAllTextAsync(JwksFile, _issuer.Jwks(curveId: "ec-2"));
        var rotated = _issuer.Token(Now, id: "ec-2");

        // Asked for just now: it is not read again for each token that names an unknown key.
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(await ReasonAsync(rotated));
        Assert.Equal(AccessReasons.UnknownSigner, await ReasonAsync(old));
    }

    [Fact]
    public async Task A_broken_key_set_changes_nothing_until_the_last_good_one_is_too_old()
    {
        await using var gateway = await StartAsync(("Jwt:MaxStaleness", "01:00:00"));
        var tokens = gateway.Services.GetRequiredService<JwtAuthenticator>();
        await File.WriteAllTextAsync(JwksFile, "{\"keys\":[]}");
        _clock.Advance(TimeSpan.FromMinutes(30));
        await gateway.Logs.WaitForAsync("Failed to read the keys of the token issuer corp");
        Assert.Null(await ReasonAsync(_issuer.Token(Now), tokens));
        _clock.Advance(TimeSpan.FromMinutes(31));
        var late = await tokens.AuthenticateAsync(_issuer.Token(Now), ApiKeyRing.Empty, default);
        Assert.Equal((AccessReasons.SignersUnavailable, 503), (late.Fault?.Reason, late.Fault?.Answer.Status));

        await File.WriteAllTextAsync(JwksFile, _issuer.Jwks());
        _clock.Advance(TimeSpan.FromMinutes(1));
        await GatewayHost.Until(() => ReasonAsync(_issuer.Token(Now), tokens).GetAwaiter().GetResult() is null);
    }

    [Fact]
    public void Weak_huge_and_secret_keys_verify_nothing()
    {
        using var weak = RSA.Create(1024);
        using var fine = RSA.Create(2048);
        var secret = new JsonObject { ["kty"] = "oct", ["kid"] = "hs", ["k"] = "c2VjcmV0" };
        var encrypting = TestIssuer.Jwk(fine, "enc");
        encrypting["use"] = "enc";
        var nameless = TestIssuer.Jwk(fine, "x");
        nameless.Remove("kid");
        var offCurve = TestIssuer.Jwk(ECDsa.Create(ECCurve.NamedCurves.nistP256), "off");
        offCurve["y"] = offCurve["x"]!.DeepClone();
        var odd = new JsonObject { ["kty"] = "EC", ["crv"] = "secp256k1", ["kid"] = "odd", ["x"] = "AA", ["y"] = "AA" };
        JsonNode[] useless = [TestIssuer.Jwk(weak, "weak"), secret, encrypting, nameless, offCurve, odd];
        foreach (var key in useless)
            Assert.Throws<InvalidDataException>(() => Read(key));
        Assert.Equal(1, Read([TestIssuer.Jwk(fine, "fine"), .. useless.Select(k => k.DeepClone())]).Count);
        Assert.Throws<InvalidDataException>(() => Read(TestIssuer.Jwk(fine, "twice"), TestIssuer.Jwk(fine, "twice")));
        Assert.Throws<InvalidDataException>(() => Read([.. Enumerable.Range(0, 65).Select(i => TestIssuer.Jwk(fine, $"k{i}"))]));
        foreach (var text in new[] { "", "null", "[]", "{", "{\"keys\":7}" })
            Assert.Throws<InvalidDataException>(() => KeySet.Read(System.Text.Encoding.UTF8.GetBytes(text), null));

        static KeySet Read(params JsonNode[] keys) =>
            KeySet.Read(System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["keys"] = new JsonArray([.. keys.Select(k => k.DeepClone())]) }.ToJsonString()), null);
    }

    [Fact]
    public void What_is_remembered_of_tokens_is_bounded()
    {
        var cache = new TokenCache();
        var token = new VerifiedToken(new Client { KeyId = "a", Tenant = "t", Models = [], Features = [] }, default, null!, null!, null!, ApiKeyRing.Empty);
        var hashes = Enumerable.Range(0, 100).Select(i => TokenHash.Of($"token-{i}")!.Value).ToList();
        foreach (var hash in hashes)
            cache.Add(hash, token, capacity: 10);
        Assert.NotNull(cache.Find(hashes[^1]));
        Assert.InRange(hashes.Count(h => cache.Find(h) is not null), 5, 10);
    }

    [Theory]
    [InlineData("Jwt:Issuers:0:Name", "The Corp")]
    [InlineData("Jwt:Issuers:0:Issuer", "")]
    [InlineData("Jwt:Issuers:0:Audiences:0", "")]
    [InlineData("Jwt:Issuers:0:JwksUrl", "http://idp.example/jwks")]
    [InlineData("Jwt:Issuers:0:Algorithms:0", "HS256")]
    [InlineData("Jwt:Issuers:0:Algorithms:0", "none")]
    [InlineData("Jwt:Issuers:0:Tenant", "A B")]
    [InlineData("Jwt:Issuers:0:Scopes:0", "admin")]
    [InlineData("Jwt:MaxTokenLength", "100000")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string key, string value)
    {
        List<(string, string)> settings =
        [
            ("Jwt:Issuers:0:Name", "corp"), ("Jwt:Issuers:0:Issuer", TestIssuer.Issuer), ("Jwt:Issuers:0:Audiences:0", "a"), ("Jwt:Issuers:0:Tenant", "acme"), (key, value),
        ];
        if (!key.EndsWith("JwksUrl", StringComparison.Ordinal))
            settings.Add(("Jwt:Issuers:0:JwksFile", JwksFile));
        var refused = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var app = GatewayHost.Create(_domain.CreateIdentity(ServiceNames.Gateway), _folder.FullName, new RecordedLog(), settings);
            await app.StartAsync();
        });
        Assert.Contains(key.TrimEnd('0').TrimEnd(':'), refused.Message, StringComparison.Ordinal);
    }
}
