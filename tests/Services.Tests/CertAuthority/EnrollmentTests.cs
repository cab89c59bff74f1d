using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

public sealed class EnrollmentTests : IAsyncLifetime
{
    private readonly AuthorityHome _home = new();
    private RunningAuthority _authority = null!;

    public async ValueTask InitializeAsync() => _authority = await RunningAuthority.StartAsync(_home);

    public async ValueTask DisposeAsync()
    {
        await _authority.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task A_token_gets_an_svid_with_names_of_the_authoritys_choosing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (status, _, svid) = await _authority.PostAsync(_home.Token(), RunningAuthority.Csr(key));

        Assert.Equal(200, status);
        Assert.Equal("spiffe://zakenak.local/ns/dev/sa/gateway", svid!.SpiffeId);
        Assert.Equal(2, svid.Certificates.Count);
        using var leaf = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(svid.Certificates[0]));
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal("spiffe://zakenak.local/ns/dev/sa/gateway", SvidProfile.Read(leaf).Id?.ToString());
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["localhost"], names.EnumerateDnsNames());
        Assert.Equal(["127.0.0.1"], names.EnumerateIPAddresses().Select(a => a.ToString()));
        Assert.Equal(32, leaf.SerialNumber.Length);
        Assert.InRange(leaf.NotAfter, DateTime.Now.AddMinutes(58), DateTime.Now.AddMinutes(61));
        Assert.Equal(_authority.Anchors.Roots[0].RawData, Convert.FromBase64String(svid.Bundle.Single()));
    }

    [Fact]
    public async Task The_authoritys_own_svid_has_the_names_that_are_configured()
    {
        using var home = new AuthorityHome();
        await using var authority = await RunningAuthority.StartAsync(home, configure: builder => builder.Configuration["CertAuthority:DnsNames:cert-authority:0"] = "cert-authority-service");
        var svid = await authority.Services.GetRequiredService<IWorkloadIdentity>().WaitForSvidAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["cert-authority-service"], svid.Certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
    }

    [Fact]
    public async Task The_wishes_of_a_csr_are_ignored()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var greedy = new CertificateRequest("CN=cert-authority", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(RunningAuthority.Id.ToString() is var id ? new Uri(id) : null!);
        names.AddDnsName("elsewhere.example");
        greedy.CertificateExtensions.Add(names.Build());
        greedy.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));

        var (_, _, svid) = await _authority.PostAsync(_home.Token(ServiceNames.ModelServer), RunningAuthority.Csr(key, greedy));

        using var leaf = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(svid!.Certificates[0]));
        var verdict = SvidProfile.Read(leaf);
        Assert.Equal("spiffe://zakenak.local/ns/dev/sa/model-server", verdict.Id?.ToString());
        Assert.Empty(leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        Assert.Equal("CN=model-server", leaf.Subject);
    }

    [Fact]
    public async Task A_token_is_spent_by_its_first_use_but_a_lost_answer_can_be_asked_for_again()
    {
        var token = _home.Token();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(200, (await _authority.PostAsync(token, RunningAuthority.Csr(key))).Status);
        Assert.Equal(200, (await _authority.PostAsync(token, RunningAuthority.Csr(key))).Status);

        Assert.Equal((401, "token_spent", null), await _authority.PostAsync(token, RunningAuthority.Csr()));
    }

    [Fact]
    public async Task Bad_proof_is_refused_with_its_code()
    {
        var good = _home.Token();
        var tampered = (good[0] == 'A' ? 'B' : 'A') + good[1..];
        using var elsewhere = new AuthorityHome();
        Assert.Equal((401, "token_missing", null), await _authority.PostAsync(null, RunningAuthority.Csr()));
        Assert.Equal((401, "token_invalid", null), await _authority.PostAsync("", RunningAuthority.Csr()));
        Assert.Equal((401, "token_invalid", null), await _authority.PostAsync("no.token", RunningAuthority.Csr()));
        Assert.Equal((401, "token_invalid", null), await _authority.PostAsync(tampered, RunningAuthority.Csr()));
        Assert.Equal((401, "token_invalid", null), await _authority.PostAsync(elsewhere.Token(), RunningAuthority.Csr()));
        Assert.Equal((401, "token_invalid", null), await _authority.PostAsync(_home.Token(life: TimeSpan.FromDays(2)), RunningAuthority.Csr()));
        Assert.Equal((401, "token_expired", null), await _authority.PostAsync(_home.Token(life: TimeSpan.FromSeconds(-1)), RunningAuthority.Csr()));
        Assert.Equal((403, "namespace_not_allowed", null), await _authority.PostAsync(_home.Token(ns: "prod"), RunningAuthority.Csr()));
        Assert.Equal((403, "service_not_allowed", null), await _authority.PostAsync(_home.Token(ServiceNames.CertAuthority), RunningAuthority.Csr()));
        Assert.Equal((403, "service_not_allowed", null), await _authority.PostAsync(_home.Token("../sa/gateway"), RunningAuthority.Csr()));
        Assert.Equal(200, (await _authority.PostAsync(good, RunningAuthority.Csr())).Status);
    }

    [Fact]
    public async Task A_bad_csr_is_refused_and_does_not_spend_the_token()
    {
        var token = _home.Token();
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        var rsaCsr = Convert.ToBase64String(new CertificateRequest("CN=rsa", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest());
        var withoutPossession = Convert.FromBase64String(RunningAuthority.Csr());
        withoutPossession[^1] ^= 1;

        Assert.Equal((400, "csr_malformed", null), await _authority.PostAsync(token, ""));
        Assert.Equal((400, "csr_malformed", null), await _authority.PostAsync(token, "not base64!"));
        Assert.Equal((400, "csr_malformed", null), await _authority.PostAsync(token, Convert.ToBase64String(RandomNumberGenerator.GetBytes(300))));
        Assert.Equal((400, "csr_malformed", null), await _authority.PostAsync(token, Convert.ToBase64String(new byte[4097])));
        Assert.Equal((400, "csr_malformed", null), await _authority.PostAsync(token, Convert.ToBase64String([.. Convert.FromBase64String(RunningAuthority.Csr()), 0])));
        Assert.Equal((400, "csr_malformed", null), await _authority.PostAsync(token, Convert.ToBase64String(withoutPossession)));
        Assert.Equal((400, "key_not_allowed", null), await _authority.PostAsync(token, RunningAuthority.Csr(p384)));
        Assert.Equal((400, "key_not_allowed", null), await _authority.PostAsync(token, rsaCsr));
        Assert.Equal((400, "csr_malformed", null), await _authority.PostAsync(token, null!));
        Assert.Equal(200, (await _authority.PostAsync(token, RunningAuthority.Csr())).Status);
    }

    [Fact]
    public async Task A_body_that_is_no_request_is_refused_in_bounds()
    {
        using var handler = WorkloadHttpHandler.CreateAnonymous(_authority.Anchors, RunningAuthority.Id);
        using var client = new HttpClient(handler) { BaseAddress = _authority.Url };
        async Task<(int, string)> Post(HttpContent content)
        {
            using var answer = await client.PostAsync("/v1/svid", content);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        Assert.Contains("request_malformed", (await Post(new StringContent("{", null, "application/json"))).Item2);
        Assert.Contains("request_malformed", (await Post(new StringContent("[]", null, "application/json"))).Item2);
        Assert.Contains("request_malformed", (await Post(new StringContent("{\"csr\":1}", null, "application/json"))).Item2);
        Assert.Contains("request_malformed", (await Post(new StringContent("csr", null, "text/plain"))).Item2);
        var (status, body) = await Post(new StringContent(new string(' ', 64 * 1024), null, "application/json"));
        Assert.Equal(413, status);
        Assert.Contains("body_too_large", body);
    }

    [Fact]
    public async Task An_svid_renews_itself_and_nobody_else()
    {
        var first = await EnrollAsync(ServiceNames.ModelServer);
        using var handler = WorkloadHttpHandler.Create(first, ServiceNames.CertAuthority);
        var (status, _, svid) = await _authority.PostAsync(handler, null, RunningAuthority.Csr());
        Assert.Equal(200, status);
        Assert.Equal(first.Id.ToString(), svid!.SpiffeId);
    }

    [Fact]
    public async Task An_svid_that_expired_renews_nothing_though_its_connection_is_kept()
    {
        using var home = new AuthorityHome();
        var time = new SetClock(DateTimeOffset.UtcNow);
        await using var authority = await RunningAuthority.StartAsync(home, configure: b => b.Services.AddSingleton<TimeProvider>(time));
        using var handler = WorkloadHttpHandler.Create(await EnrollAsync(authority, ServiceNames.ModelServer), ServiceNames.CertAuthority);
        var (connect, connections) = (handler.ConnectCallback!, 0);
        handler.ConnectCallback = (context, cancellationToken) =>
        {
            connections++;
            return connect(context, cancellationToken);
        };
        Assert.Equal(200, (await authority.PostAsync(handler, null, RunningAuthority.Csr())).Status);

        time.Now += TimeSpan.FromMinutes(61);
        Assert.Equal((401, "token_missing", null), await authority.PostAsync(handler, null, RunningAuthority.Csr()));
        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task The_authoritys_own_certificate_is_no_proof_for_another()
    {
        var own = _authority.Services.GetService(typeof(IWorkloadIdentity)) as IWorkloadIdentity;
        using var handler = WorkloadHttpHandler.Create(own!, ServiceNames.CertAuthority);
        Assert.Equal((403, "service_not_allowed", null), await _authority.PostAsync(handler, null, RunningAuthority.Csr()));
    }

    [Fact]
    public async Task The_bundle_is_public_and_holds_no_key()
    {
        using var handler = WorkloadHttpHandler.CreateAnonymous(_authority.Anchors, RunningAuthority.Id);
        using var client = new HttpClient(handler) { BaseAddress = _authority.Url };
        var body = await client.GetStringAsync("/v1/bundle");
        var bundle = System.Text.Json.JsonSerializer.Deserialize<BundleResponse>(body)!;
        Assert.Equal("zakenak.local", bundle.TrustDomain);
        foreach (var certificate in bundle.Bundle.Concat(bundle.Issuing))
        {
            using var loaded = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(certificate));
            Assert.False(loaded.HasPrivateKey);
        }

        Assert.Single(bundle.Issuing);
    }

    [Fact]
    public async Task An_svid_of_another_trust_domain_never_reaches_http()
    {
        var impostor = TestTrustDomain.CreateIdentityOfAnotherDomain(new TestTrustDomain(), ServiceNames.Gateway);
        impostor.Swap(impostor.Current, new TrustBundle("zakenak.local", _authority.Anchors.Roots, []));
        using var handler = WorkloadHttpHandler.Create(new WorkloadIdentityUnder(RunningAuthority.Id, impostor), ServiceNames.CertAuthority);
        await Assert.ThrowsAsync<HttpRequestException>(() => _authority.PostAsync(handler, null, RunningAuthority.Csr()));
    }

    [Fact]
    public async Task The_issuing_key_cannot_speak_for_another_trust_domain()
    {
        var signer = _authority.Services.GetService(typeof(Zakenak.CertAuthority.Authority)) as Zakenak.CertAuthority.Authority;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var foreign = SpiffeId.Parse("spiffe://elsewhere.example/ns/dev/sa/gateway");
        var issuing = signer!.GetSigner();
        using var leaf = issuing.Sign(
            Zakenak.CertAuthority.SvidTemplate.Build(foreign, new PublicKey(key), issuing.Certificate, new()), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddHours(1));

        // Trusting the root in the other domain's name, so that only the name constraint stands in the way.
        var bundle = new TrustBundle("elsewhere.example", _authority.Anchors.Roots, [issuing.Certificate]);
        var verdict = bundle.Verify(leaf, [], TrustBundle.ServerUsage, DateTimeOffset.UtcNow);
        Assert.Contains("NameConstraint", verdict.Refusal);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Issuances_and_refusals_are_in_the_audit_log_and_secrets_are_not()
    {
        var token = _home.Token();
        var csr = RunningAuthority.Csr();
        await _authority.PostAsync(token, csr);
        await _authority.PostAsync(token, RunningAuthority.Csr());
        await _authority.PostAsync(null, csr);
        var key = _authority.Services.GetService(typeof(AuditLog)) as AuditLog;
        await key!.DisposeAsync();

        var log = string.Concat(Directory.GetFiles(Path.Combine(_home.Directory, "audit"), "*.jsonl").Select(File.ReadAllText));
        Assert.Contains("svid.issued", log);
        Assert.Contains("spiffe://zakenak.local/ns/dev/sa/gateway", log);
        Assert.Contains("token_spent", log);
        Assert.Contains("token_missing", log);
        Assert.DoesNotContain(token, log);
        Assert.DoesNotContain(token.Split('.')[1], log);
    }

    [Fact]
    public async Task A_flood_of_strangers_is_turned_away_and_the_known_still_renew()
    {
        var known = await EnrollAsync(ServiceNames.ModelServer);
        using var stranger = WorkloadHttpHandler.CreateAnonymous(_authority.Anchors, RunningAuthority.Id);

        // Over a few connections: hundreds of handshakes at once may take a busy machine longer than the authority waits for one.
        stranger.MaxConnectionsPerServer = 8;
        var codes = new HashSet<string?>();
        await Eventually.IsTrueAsync(
            async () =>
            {
                // A busy machine may send the first ones no faster than the limit lets them in.
                codes.UnionWith(await Task.WhenAll(Enumerable.Range(0, 400).Select(async _ => (await _authority.PostAsync(stranger, null, "x")).Code)));
                return codes.Contains("too_many_requests");
            },
            "they are turned away");
        Assert.Contains("token_missing", codes);

        using var handler = WorkloadHttpHandler.Create(known, ServiceNames.CertAuthority);
        Assert.Equal(200, (await _authority.PostAsync(handler, null, RunningAuthority.Csr())).Status);
    }

    [Fact]
    public async Task No_token_reaches_a_log()
    {
        using var logs = new RecordedLog();
        using var home = new AuthorityHome();
        await using var authority = await RunningAuthority.StartAsync(home, configure: b => b.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Trace));
        var spent = home.Token();
        var expired = home.Token(life: TimeSpan.FromSeconds(-5));
        await authority.PostAsync(spent, RunningAuthority.Csr());
        await authority.PostAsync(spent, RunningAuthority.Csr());
        await authority.PostAsync(expired, RunningAuthority.Csr());
        Assert.Contains(logs.Lines, l => l.Contains("Refused an SVID", StringComparison.Ordinal) && l.Contains("token_spent", StringComparison.Ordinal));
        Assert.Contains(logs.Lines, l => l.Contains("token_expired", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, l => l.Contains(spent.Split('.')[1], StringComparison.Ordinal) || l.Contains(expired.Split('.')[1], StringComparison.Ordinal));
    }

    private Task<WorkloadIdentity> EnrollAsync(string service) => EnrollAsync(_authority, service);

    private static async Task<WorkloadIdentity> EnrollAsync(RunningAuthority authority, string service)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (_, _, svid) = await authority.PostAsync(authority.Home.Token(service), RunningAuthority.Csr(key));
        var chain = svid!.Certificates.Select(c => X509CertificateLoader.LoadCertificate(Convert.FromBase64String(c))).ToArray();
        var identity = new WorkloadIdentity(SpiffeId.Parse(svid.SpiffeId));
        identity.Swap(new Svid(chain[0].CopyWithPrivateKey(key), chain[1..]), new TrustBundle("zakenak.local", authority.Anchors.Roots, chain[1..]));
        return identity;
    }
}
