using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;

namespace Zakenak.Services.Tests.ServiceDefaults;

public class ManagementPortTests
{
    private static readonly TestTrustDomain _domain = new();

    private static Task<EchoService> StartAsync(Action<WebApplicationBuilder>? configure = null) =>
        EchoService.StartAsync(_domain.CreateIdentity(ServiceNames.ModelServer), configure);

    [Fact]
    public async Task Traffic_endpoints_are_not_on_the_management_port_and_the_reverse()
    {
        await using var service = await StartAsync();
        using var management = new HttpClient { BaseAddress = service.ManagementUrl };
        using var traffic = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        foreach (var path in (string[])["/livez", "/healthz", "/metrics"])
        {
            Assert.Equal(HttpStatusCode.OK, (await management.GetAsync(path)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await traffic.GetAsync(path)).StatusCode);
        }

        foreach (var path in (string[])["/open", "/who", "/"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await management.GetAsync(path)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await traffic.GetAsync("/open")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await management.PostAsync("/healthz", null)).StatusCode);
    }

    [Fact]
    public async Task Health_names_each_check_with_its_reason_and_no_exception_text()
    {
        await using var service = await StartAsync(b => b.Services.AddHealthChecks()
            .AddCheck("model", () => HealthCheckResult.Unhealthy("the signature does not verify"))
            .AddCheck("broken", () => throw new InvalidOperationException("password=hunter2")));
        using var management = new HttpClient { BaseAddress = service.ManagementUrl };
        using var answer = await management.GetAsync("/healthz");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        using var body = JsonDocument.Parse(text);
        Assert.Equal("Unhealthy", body.RootElement.GetProperty("status").GetString());
        Assert.Equal("the signature does not verify", body.RootElement.GetProperty("checks").GetProperty("model").GetProperty("reason").GetString());
        Assert.Equal("Healthy", body.RootElement.GetProperty("checks").GetProperty("identity").GetProperty("status").GetString());
        Assert.DoesNotContain("hunter2", text);
        Assert.Equal(HttpStatusCode.OK, (await management.GetAsync("/livez")).StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("LocalHost:{port}", true)]
    [InlineData("[::1]:{port}", true)]
    [InlineData("127.0.0.2:{port}", true)] // the address that is configured below
    [InlineData("127.0.0.3", false)]
    [InlineData("rebound.example:{port}", false)]
    [InlineData("localhost.rebound.example", false)]
    [InlineData("127.0.0.1.rebound.example", false)]
    public async Task A_page_whose_name_was_rebound_to_this_machine_reads_nothing(string host, bool answered)
    {
        await using var service = await StartAsync(b => b.Configuration.AddInMemoryCollection([new("Listen:Address", "127.0.0.2")]));
        using var management = new HttpClient { BaseAddress = service.ManagementUrl };
        foreach (var path in (string[])["/livez", "/healthz", "/metrics"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host.Replace("{port}", service.ManagementUrl.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
            using var answer = await management.SendAsync(request);
            var body = await answer.Content.ReadAsStringAsync();
            Assert.Equal(answered ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest, answer.StatusCode);
            Assert.Equal(answered, !body.Contains("\"code\":\"host_not_allowed\"", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Plain_http_is_refused_off_loopback()
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            StartAsync(b => b.Configuration.AddInMemoryCollection([new("Listen:Address", "0.0.0.0")])));
        Assert.Contains("Listen:Address", e.Message);
    }
}
