using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Admin;

/// <summary>Who reaches the admin API, and that nobody else does.</summary>
public sealed class AdminTests
{
    private readonly TestTrustDomain _domain = new();

    [Fact]
    public async Task Who_may_write_may_look_too_and_who_may_read_changes_nothing()
    {
        await using var gateway = await StartAsync();
        using var writer = ClientOf(gateway, "operator");
        using var reader = ClientOf(gateway, "auditor");

        // There is nothing at this address: who is told so was let in.
        await AssertProblemAsync(await writer.GetAsync("/admin/v1/nothing"), HttpStatusCode.NotFound, "not_found");
        await AssertProblemAsync(await writer.DeleteAsync("/admin/v1/nothing"), HttpStatusCode.NotFound, "not_found");
        await AssertProblemAsync(await reader.GetAsync("/admin/v1/nothing"), HttpStatusCode.NotFound, "not_found");
        await AssertProblemAsync(await reader.DeleteAsync("/admin/v1/nothing"), HttpStatusCode.Forbidden, "caller_may_only_read");
    }

    [Theory]
    [InlineData("gateway", "dev")]
    [InlineData("model-server", "dev")]
    [InlineData("operator", "production")]
    public async Task An_identity_that_is_not_named_may_not_even_look(string service, string ns)
    {
        await using var gateway = await StartAsync();
        using var client = ClientOf(gateway, service, ns);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", gateway.Key);
        await AssertProblemAsync(await client.GetAsync("/admin/v1/nothing"), HttpStatusCode.Forbidden, "caller_not_allowed");
    }

    [Fact]
    public async Task Nobody_may_unless_named()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var client = ClientOf(gateway, "operator");
        await AssertProblemAsync(await client.GetAsync("/admin/v1/nothing"), HttpStatusCode.Forbidden, "caller_not_allowed");
    }

    [Fact]
    public async Task An_inference_key_without_a_certificate_never_gets_as_far_as_http()
    {
        await using var gateway = await StartAsync();
        using var handler = WorkloadHttpHandler.CreateAnonymous(_domain.Bundle, _domain.CreateIdentity(ServiceNames.Gateway).Id);
        using var client = new HttpClient(handler) { BaseAddress = UrlOf(gateway) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", gateway.Key);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/admin/v1/nothing"));
    }

    [Fact]
    public async Task An_identity_of_another_trust_domain_never_gets_as_far_as_http()
    {
        await using var gateway = await StartAsync();
        var stranger = new TestTrustDomain().CreateIdentity("operator");
        using var client = new HttpClient(WorkloadHttpHandler.Create(new WorkloadIdentityUnder(_domain.CreateIdentity("operator").Id, stranger), ServiceNames.Gateway)) { BaseAddress = UrlOf(gateway) };
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/admin/v1/nothing"));
    }

    [Fact]
    public async Task Clients_and_administrators_never_meet()
    {
        await using var gateway = await StartAsync();
        using var writer = ClientOf(gateway, "operator");
        writer.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", gateway.Key);
        Assert.Equal(HttpStatusCode.NotFound, (await writer.GetAsync("/v1/models")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await writer.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.Client.GetAsync("/admin/v1/nothing")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAsync("/v1/models")).StatusCode);
    }

    [Fact]
    public async Task Every_action_is_recorded_with_who_asked_and_how_it_ended()
    {
        await using var gateway = await StartAsync();
        using var reader = ClientOf(gateway, "auditor");
        await reader.DeleteAsync("/admin/v1/nothing");
        var line = await gateway.Logs.WaitForAsync("DELETE");
        Assert.Single(gateway.Logs.Lines, l => l.Contains("DELETE", StringComparison.Ordinal));
        Assert.Contains(Administrators.Reader, line, StringComparison.Ordinal);
        Assert.Contains("caller_may_only_read", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("spiffe://zakenak.local")]
    [InlineData("spiffe://zakenak.local/ns/dev/*")]
    public async Task What_is_no_identity_stops_the_start(string id)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => GatewayHost.StartAsync(_domain, [], ("Admin:Writers:0", id)));
        Assert.StartsWith("Admin:Writers:0: must be the SPIFFE id", Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    private static async Task AssertProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString());
    }

    private static Uri UrlOf(GatewayHost gateway) => Administrators.UrlOf(gateway);

    private Task<GatewayHost> StartAsync() => GatewayHost.StartAsync(_domain, [], Administrators.Named);

    private HttpClient ClientOf(GatewayHost gateway, string service, string ns = "dev") => Administrators.ClientOf(gateway, _domain, service, ns);
}
