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
    [InlineData("Service:Namespace", "prod", "Listen:Address")]
    [InlineData("Listen:Address", "0.0.0.0", "Listen:Address")]
    public async Task Plain_http_is_refused_outside_development_and_off_loopback(string key, string value, string named)
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            StartAsync(b => b.Configuration.AddInMemoryCollection([new(key, value)])));
        Assert.Contains(named, e.Message);
    }
}
