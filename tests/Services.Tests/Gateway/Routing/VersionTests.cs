using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public class VersionTests
{
    private static readonly TestTrustDomain _domain = new();

    private static async Task<StubModelServer> ServingAsync(params string[] ids)
    {
        var server = await StubModelServer.StartAsync(_domain);
        server.Models = ids.ToDictionary(i => i, _ => StubModelServer.Digest);
        return server;
    }

    /// <summary>The version that answered, or the code of the refusal.</summary>
    private static async Task<string?> AnsweredByAsync(GatewayHost gateway, string model, string? version = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = GatewayHost.Json(GatewayHost.Chat(model: model)) };
        if (version is not null)
            request.Headers.Add(HeaderNames.Version, version);
        using var answer = await gateway.Client.SendAsync(request);
        return answer.IsSuccessStatusCode
            ? Assert.Single(answer.Headers.GetValues(HeaderNames.Model))
            : (await GatewayHost.ErrorOf(answer, answer.StatusCode)).Code;
    }

    [Theory]
    [InlineData("guide", null, "guide:v10")]
    [InlineData("guide:v9", null, "guide:v9")]
    [InlineData("guide@v9", null, "guide:v9")]
    [InlineData("guide", "v9", "guide:v9")]
    [InlineData("guide@v9", "v9", "guide:v9")]
    [InlineData("guide:v9", "v10", "conflicting_versions")]
    [InlineData("guide", "9", "invalid_version")]
    [InlineData("guide", "v9, v10", "invalid_version")]
    [InlineData("guide", "v8", "model_not_found")]
    [InlineData("guide@", null, "model_not_found")]
    [InlineData("@v9", null, "model_not_found")]
    public async Task A_version_is_pinned_by_name_or_by_header(string model, string? version, string expected)
    {
        await using var server = await ServingAsync("guide:v9", "guide:v10");
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        Assert.Equal(expected, await AnsweredByAsync(gateway, model, version));
    }

    [Fact]
    public async Task A_pinned_version_has_an_address()
    {
        await using var server = await ServingAsync("guide:v9", "guide:v10");
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        Assert.Contains("\"guide:v9\"", await gateway.Client.GetStringAsync("/v1/models/guide@v9"));
        Assert.Contains("\"guide:v10\"", await gateway.Client.GetStringAsync("/v1/models/guide"));
    }

    [Fact]
    public async Task A_rollout_chooses_for_those_who_pin_nothing()
    {
        await using var server = await ServingAsync("guide:v9", "guide:v10");
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], builder => builder.Services.AddSingleton<IVersionChoice, Oldest>());
        Assert.Equal("guide:v9", await AnsweredByAsync(gateway, "guide"));
        Assert.Equal("guide:v10", await AnsweredByAsync(gateway, "guide:v10"));
    }

    [Fact]
    public async Task A_fallback_answers_while_nobody_serves_the_model_and_never_for_a_pin()
    {
        await using var small = await ServingAsync("small:v1");
        await using var gateway = await GatewayHost.StartAsync(_domain, [small],
            ("Routing:Models:best:Fallbacks:0", "middle"), ("Routing:Models:best:Fallbacks:1", "small"), ("ModelServers:Patience", "00:00:00"));
        Assert.Equal("small:v1", await AnsweredByAsync(gateway, "best"));
        Assert.Equal("model_not_found", await AnsweredByAsync(gateway, "best@v1"));
        Assert.Equal("model_not_found", await AnsweredByAsync(gateway, "middle"));
    }

    [Fact]
    public async Task A_fallback_answers_when_every_replica_of_the_model_is_gone_before_that_was_noticed()
    {
        await using var small = await ServingAsync("small:v1");
        var best = await ServingAsync("best:v1");
        await using var gateway = await GatewayHost.StartAsync(_domain, [small, best],
            ("Routing:Models:best:Fallbacks:0", "small"), ("ModelServers:PollInterval", "00:01:00"));
        Assert.Equal("best:v1", await AnsweredByAsync(gateway, "best"));
        await best.DisposeAsync();
        Assert.Equal("small:v1", await AnsweredByAsync(gateway, "best"));
    }

    [Fact]
    public async Task Quality_comes_first_until_it_is_busy_and_again_when_all_are()
    {
        await using var best = await ServingAsync("best:v1");
        await using var small = await ServingAsync("small:v1");
        await using var gateway = await GatewayHost.StartAsync(_domain, [best, small],
            ("Routing:Policy", "QualityFirst"), ("Routing:Models:best:Fallbacks:0", "small"));
        var servers = gateway.Services.GetRequiredService<ModelServers>();
        Assert.Equal("best:v1", await AnsweredByAsync(gateway, "best"));
        best.Load = new LoadReport(24, 3, 24, 0);
        await GatewayHost.Until(() => servers[0].Busyness > 1);
        Assert.Equal("small:v1", await AnsweredByAsync(gateway, "best"));
        small.Load = new LoadReport(24, 0, 24, 0);
        await GatewayHost.Until(() => servers[1].Busyness >= 1);
        Assert.Equal("best:v1", await AnsweredByAsync(gateway, "best"));
    }

    [Fact]
    public async Task A_change_of_configuration_is_followed_and_a_wrong_one_refused()
    {
        await using var one = await ServingAsync("guide:v1");
        await using var two = await ServingAsync("guide:v1");
        await using var gateway = await GatewayHost.StartAsync(_domain, [one, two], ("Routing:Policy", "CostAware"),
            ("Routing:Costs:0:Url", one.Url.ToString()), ("Routing:Costs:0:Cost", "5"));
        var configuration = (IConfigurationRoot)gateway.Services.GetRequiredService<IConfiguration>();
        for (var i = 0; i < 4; i++)
            await AnsweredByAsync(gateway, "guide");
        Assert.Empty(one.Requests);

        configuration["Routing:Policy"] = "RoundRobin";
        configuration.Reload();
        for (var i = 0; i < 4; i++)
            await AnsweredByAsync(gateway, "guide");
        Assert.Equal(2, one.Requests.Count);

        configuration["Routing:Policy"] = "Fastest";
        configuration.Reload();
        Assert.Contains("Routing:Policy", await gateway.Logs.WaitForAsync("Refused a change of configuration"));
        Assert.Equal("guide:v1", await AnsweredByAsync(gateway, "guide"));
    }

    private sealed class Oldest : IVersionChoice
    {
        public ModelRoute Choose(InferenceRequest request, ModelVersions versions) => versions.Routes[^1];
    }
}
