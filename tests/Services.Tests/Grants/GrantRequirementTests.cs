using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Grants;

public class GrantRequirementTests
{
    private static readonly TestTrustDomain _domain = new();
    private readonly WorkloadIdentity _gateway = _domain.CreateIdentity(ServiceNames.Gateway);

    [Fact]
    public async Task The_endpoint_sees_the_grant_and_what_to_forward()
    {
        await using var service = await StartAsync();
        using var client = service.CreateClient(_gateway);
        var jws = new GrantIssuer(_gateway).Mint(NewGrant()).Jws;
        using var answer = await SendAsync(client, jws);
        Assert.Equal("dev " + jws, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_grant_for_the_peer_holds_on_connections_of_its_signers_certificate_only()
    {
        await using var service = await StartAsync();
        using var client = service.CreateClient(_gateway);
        var jws = new GrantIssuer(_gateway).MintForPeer(NewGrant()).Jws;
        Assert.InRange(jws.Length, 1, 700);
        using (var answer = await SendAsync(client, jws))
            Assert.Equal("dev " + jws, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        // Another gateway's replica has the same id, and another certificate. That this one was met before changes nothing.
        using var thief = service.CreateClient(_domain.CreateIdentity(ServiceNames.Gateway));
        await RefusedAsync(thief);

        // Nor does the first one's own next certificate do.
        _domain.Rotate(_gateway);
        using var renewed = service.CreateClient(_gateway);
        await RefusedAsync(renewed);
        using (var answer = await SendAsync(renewed, new GrantIssuer(_gateway).MintForPeer(NewGrant()).Jws))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        async Task RefusedAsync(HttpClient other)
        {
            using var answer = await SendAsync(other, jws);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Contains("grant_issuer", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_grant_is_401_in_the_shape_of_OpenAI_under_v1()
    {
        await using var service = await StartAsync(openAi: true);
        using var client = service.CreateClient(_gateway);
        using var answer = await SendAsync(client);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("zakenak-grant", answer.Headers.WwwAuthenticate.ToString());
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal("grant_missing", (string?)body["error"]!["code"]);
    }

    [Fact]
    public async Task A_grant_for_others_is_403_with_a_problem()
    {
        await using var service = await StartAsync();
        using var client = service.CreateClient(_gateway);
        using var answer = await SendAsync(client, new GrantIssuer(_gateway).Mint(NewGrant() with { Audience = [ServiceNames.FeatureProxy] }).Jws);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("grant_audience", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_grants_are_one_too_many()
    {
        await using var service = await StartAsync();
        using var client = service.CreateClient(_gateway);
        var issuer = new GrantIssuer(_gateway);
        using var answer = await SendAsync(client, issuer.Mint(NewGrant()).Jws, issuer.Mint(NewGrant()).Jws);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);

        // The client joins them with a comma; the middle part is then nothing that anyone signed.
        Assert.Contains("grant_signature_invalid", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_grant_does_not_open_the_endpoint_to_another_caller()
    {
        await using var service = await StartAsync();
        using var client = service.CreateClient(_domain.CreateIdentity(ServiceNames.FeatureProxy));
        using var answer = await SendAsync(client, new GrantIssuer(_gateway).Mint(NewGrant()).Jws);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("caller_not_allowed", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, params string[] grants)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/granted");
        foreach (var grant in grants)
        {
            request.Headers.TryAddWithoutValidation(HeaderNames.Grant, grant);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<EchoService> StartAsync(bool openAi = false) => EchoService.StartAsync(
        _domain.CreateIdentity(ServiceNames.ModelServer),
        builder =>
        {
            builder.AddGrantVerifier();
            if (openAi)
            {
                builder.Services.AddOpenAiErrors();
            }
        },
        app => app.MapGet("/v1/granted", (HttpContext c) => c.GetGrant().Grant.Tenant + " " + c.GetGrant().Jws)
            .RequireCaller(ServiceNames.Gateway)
            .RequireGrant(ServiceNames.ModelServer));

    private Grant NewGrant() => GrantVerifierTests.NewGrant(_gateway.Id, TimeProvider.System);
}
