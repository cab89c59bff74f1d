using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.ServiceDefaults;

public class ConnectionTests
{
    private static readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task A_refusal_in_the_handshake_is_logged_with_its_reason()
    {
        using var logs = new RecordedLog();
        await using var service = await EchoService.StartAsync(_domain.CreateIdentity(ServiceNames.ModelServer), b => b.Logging.AddProvider(logs));
        foreach (var (client, reason) in new (WorkloadIdentity, string)[]
        {
            (_domain.CreateExpiredIdentity(ServiceNames.Gateway), "NotTimeValid"),
            (_domain.CreateSelfSignedIdentity(ServiceNames.Gateway), "UntrustedRoot"),
            (_domain.CreateTwoUriNamesIdentity(ServiceNames.Gateway), "it has 2 URI names, an SVID has exactly one"),
            (_domain.CreateLeafWithCaTrueIdentity(ServiceNames.Gateway), "it is a CA certificate (CA:TRUE), not a leaf"),
        })
        {
            using var http = service.CreateClient(client);
            await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/open"));
            await Eventually.IsTrueAsync(() => logs.Lines.Any(l => l.Contains("in the TLS handshake", StringComparison.Ordinal) && l.Contains(reason, StringComparison.Ordinal)), reason);
        }

        using var anonymous = new HttpClient(WorkloadHttpHandler.CreateAnonymous(_domain.Bundle, _domain.CreateIdentity(ServiceNames.ModelServer).Id)) { BaseAddress = service.TrafficUrl };
        await Assert.ThrowsAsync<HttpRequestException>(() => anonymous.GetStringAsync("/open"));
        await Eventually.IsTrueAsync(() => logs.Lines.Any(l => l.Contains("no client certificate was presented", StringComparison.Ordinal)), "no certificate");
    }

    [Fact]
    public async Task A_trust_domain_that_shares_the_root_is_still_another()
    {
        // The chain is good; only the name in it differs from the domain that this process trusts.
        var identity = _domain.CreateIdentity(ServiceNames.ModelServer);
        identity.Swap(identity.Current, new TrustBundle("elsewhere.example", _domain.Bundle.Roots, _domain.Bundle.Issuing));
        using var logs = new RecordedLog();
        await using var service = await EchoService.StartAsync(identity, b => b.Logging.AddProvider(logs));
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/open"));
        await Eventually.IsTrueAsync(() => logs.Lines.Any(l => l.Contains("it belongs to trust domain zakenak.local, not elsewhere.example", StringComparison.Ordinal)), "the reason");
    }

    [Fact]
    public async Task After_a_rotation_the_next_answer_ends_the_connection_and_new_ones_use_the_new_svid()
    {
        var server = _domain.CreateIdentity(ServiceNames.ModelServer);
        await using var service = await EchoService.StartAsync(server);
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        using var before = await client.GetAsync("/open");
        Assert.NotEqual(true, before.Headers.ConnectionClose);
        _domain.Rotate(server);
        using var last = await client.GetAsync("/open");
        Assert.True(last.Headers.ConnectionClose);
        using var after = await client.GetAsync("/open");
        Assert.NotEqual(true, after.Headers.ConnectionClose);
        await Eventually.IsTrueAsync(() => service.Services.GetRequiredService<ConnectionRetirement>().RetiredCount == 0, "no connection uses the old SVID");
    }

    [Fact]
    public async Task An_idle_connection_with_a_replaced_svid_is_closed_after_the_clients_had_time_to()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        var server = _domain.CreateIdentity(ServiceNames.ModelServer);
        await using var service = await EchoService.StartAsync(server, b => b.Services.AddSingleton<TimeProvider>(time));
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        await client.GetStringAsync("/open");
        var retirement = service.Services.GetRequiredService<ConnectionRetirement>();
        _domain.Rotate(server);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, retirement.RetiredCount);
        time.Advance(TimeSpan.FromSeconds(2));
        await Eventually.IsTrueAsync(() => retirement.RetiredCount == 0, "the idle connection is closed");
        Assert.Equal("open", await client.GetStringAsync("/open"));
    }

    [Fact]
    public async Task A_connection_ends_while_its_peers_svid_still_has_time()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        await using var service = await EchoService.StartAsync(_domain.CreateIdentity(ServiceNames.ModelServer), b => b.Services.AddSingleton<TimeProvider>(time));
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        foreach (var (minutes, closes) in new (int, bool)[] { (0, false), (29, false), (2, true), (1, false), (12, false), (5, true), (0, false) })
        {
            time.Advance(TimeSpan.FromMinutes(minutes));
            using var answer = await client.GetAsync("/who");
            Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(closes, answer.Headers.ConnectionClose == true);
        }
    }

    [Fact]
    public async Task A_connection_does_not_outlive_the_right_of_its_peer()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        await using var service = await EchoService.StartAsync(_domain.CreateIdentity(ServiceNames.ModelServer), b => b.Services.AddSingleton<TimeProvider>(time));
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        Assert.Equal("spiffe://zakenak.local/ns/dev/sa/gateway", await client.GetStringAsync("/who"));
        time.Advance(TimeSpan.FromMinutes(61)); // the connection is kept, the SVID behind it expired
        using var answer = await client.GetAsync("/who");
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.True(answer.Headers.ConnectionClose);
    }
}
