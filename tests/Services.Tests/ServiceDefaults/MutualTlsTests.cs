using System.Net;
using System.Security.Authentication;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

public class MutualTlsTests
{
    private static readonly TestTrustDomain _domain = new();

    private static Task<EchoService> StartAsync() => EchoService.StartAsync(_domain.CreateIdentity(ServiceNames.ModelServer));

    [Fact]
    public async Task The_right_workload_is_served_and_known_by_its_id()
    {
        await using var service = await StartAsync();
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        Assert.Equal("spiffe://zakenak.local/ns/dev/sa/gateway", await client.GetStringAsync("/who"));
    }

    [Fact]
    public async Task The_second_resumed_connection_is_served_too()
    {
        await using var service = await StartAsync();
        var gateway = _domain.CreateIdentity(ServiceNames.Gateway);
        for (var i = 0; i < 3; i++)
        {
            using var client = service.CreateClient(gateway); // its own pool, so its own connection; the TLS session cache is the SVID's
            Assert.Equal("spiffe://zakenak.local/ns/dev/sa/gateway", await client.GetStringAsync("/who"));
        }
    }

    [Fact]
    public async Task The_right_authority_but_the_wrong_id_is_refused_with_a_problem()
    {
        await using var service = await StartAsync();
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.FeatureProxy));
        using var answer = await client.GetAsync("/who");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("caller_not_allowed", await answer.Content.ReadAsStringAsync());
        Assert.Equal("open", await client.GetStringAsync("/open"));
    }

    public static TheoryData<string> Defects => ["another_domain", "expired", "not_yet_valid", "self_signed", "two_uri_names", "no_uri_name", "ca_true_leaf"];

    private static WorkloadIdentity With(string defect, string service) => defect switch
    {
        "another_domain" => TestTrustDomain.CreateIdentityOfAnotherDomain(_domain, service),
        "expired" => _domain.CreateExpiredIdentity(service),
        "not_yet_valid" => _domain.CreateNotYetValidIdentity(service),
        "self_signed" => _domain.CreateSelfSignedIdentity(service),
        "two_uri_names" => _domain.CreateTwoUriNamesIdentity(service),
        "no_uri_name" => _domain.CreateNoUriNameIdentity(service),
        "ca_true_leaf" => _domain.CreateLeafWithCaTrueIdentity(service),
        _ => throw new ArgumentOutOfRangeException(nameof(defect)),
    };

    [Theory, MemberData(nameof(Defects))]
    public async Task A_client_with_a_defect_never_reaches_http(string defect)
    {
        await using var service = await StartAsync();
        var bad = With(defect, ServiceNames.Gateway);

        // Another domain's client expects the server of its own domain: aim at what it will meet, so that only the server can refuse.
        using var client = defect == "another_domain"
            ? new HttpClient(WorkloadHttpHandler.Create(new WorkloadIdentityUnder(_domain.CreateIdentity(ServiceNames.Gateway).Id, bad), ServiceNames.ModelServer)) { BaseAddress = service.TrafficUrl }
            : service.CreateClient(bad);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/open"));

        using var good = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        Assert.Equal("open", await good.GetStringAsync("/open"));
    }

    [Theory, MemberData(nameof(Defects))]
    public async Task A_server_with_a_defect_gets_no_request(string defect)
    {
        var bad = With(defect, ServiceNames.ModelServer);
        await using var service = await EchoService.StartAsync(bad);
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/open"));
        Assert.IsType<AuthenticationException>(e.InnerException);
        Assert.Contains("refused its certificate because", e.InnerException.Message);
    }

    [Fact]
    public async Task A_client_without_certificate_never_reaches_http()
    {
        await using var service = await StartAsync();
        using var handler = WorkloadHttpHandler.CreateAnonymous(_domain.Bundle, _domain.CreateIdentity(ServiceNames.ModelServer).Id);
        using var client = new HttpClient(handler) { BaseAddress = service.TrafficUrl };
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/open"));
    }

    [Fact]
    public async Task A_server_with_another_services_id_gets_no_request()
    {
        await using var service = await EchoService.StartAsync(_domain.CreateIdentity(ServiceNames.FeatureProxy));
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/open"));
        Assert.Contains("it is spiffe://zakenak.local/ns/dev/sa/feature-proxy's", e.InnerException!.Message);
    }
}
