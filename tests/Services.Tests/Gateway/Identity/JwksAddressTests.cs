using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Identity.ApiKeys;
using Zakenak.Gateway.Identity.Jwt;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Identity;

/// <summary>What becomes of tokens while the address of their issuer's keys is well, away, slow, or not what it should be.</summary>
public sealed class JwksAddressTests : IAsyncLifetime
{
    private static readonly TestTrustDomain _domain = new();
    private static readonly (string, string) _impatient = ("Jwt:FetchTimeout", "00:00:00.300");
    private readonly TemporaryFolder _folder = new();
    private readonly TestIssuer _issuer = new();
    private readonly SteppedClock _clock = new();
    private JwksServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await JwksServer.StartAsync(_folder["ca.pem"]);
        _server.Answer = context => context.Response.WriteAsync(_issuer.Jwks());
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _issuer.Dispose();
        _folder.Dispose();
    }

    private Task<GatewayHost> StartAsync(params (string, string)[] settings) => GatewayHost.StartAsync(_domain, [], _clock,
    [
        .. TestIssuer.Settings(""), ("Jwt:Issuers:0:JwksUrl", _server.Url), ("Jwt:Issuers:0:JwksCaFile", _folder["ca.pem"]), .. settings,
    ]);

    private async Task<string?> ReasonAsync(GatewayHost gateway, string? id = null) => (await gateway.Services.GetRequiredService<JwtAuthenticator>()
        .AuthenticateAsync(_issuer.Token(_clock.GetUtcNow(), id: id), ApiKeyRing.Empty, TestContext.Current.CancellationToken)).Fault?.Reason;

    [Fact]
    public async Task A_rotated_key_is_fetched_when_it_is_first_used_and_guesses_fetch_nothing_more()
    {
        await using var gateway = await StartAsync();
        Assert.Null(await ReasonAsync(gateway));
        Assert.Equal(1, _server.Requests);
        _server.Answer = context => context.Response.WriteAsync(_issuer.Jwks(curveId: "ec-2"));
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(await ReasonAsync(gateway, "ec-2"));
        Assert.Equal(2, _server.Requests);

        // Whoever makes up ids makes us ask once in a while only.
        var reasons = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => ReasonAsync(gateway, $"made-up-{i}")));
        Assert.All(reasons, r => Assert.Equal(AccessReasons.UnknownSigner, r));
        Assert.Equal(2, _server.Requests);
    }

    [Fact]
    public async Task An_address_that_goes_away_after_the_keys_were_read_is_not_missed_for_a_while()
    {
        await using var gateway = await StartAsync(("Jwt:MaxStaleness", "01:00:00"));
        Assert.Null(await ReasonAsync(gateway));
        _server.Answer = context =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        };
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Null(await ReasonAsync(gateway));
        await gateway.Logs.WaitForAsync("Failed to read the keys of the token issuer corp");
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(AccessReasons.SignersUnavailable, await ReasonAsync(gateway));
        _server.Answer = context => context.Response.WriteAsync(_issuer.Jwks());
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await ReasonAsync(gateway));
    }

    [Fact]
    public async Task Keys_that_cant_be_had_refuse_with_503_and_api_keys_go_on()
    {
        var forever = new TaskCompletionSource();
        _server.Answer = context => forever.Task.WaitAsync(context.RequestAborted);
        await using var gateway = await StartAsync(_impatient);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Authorization = new("Bearer", _issuer.Token(_clock.GetUtcNow()));
        using var answer = await gateway.Anonymous.SendAsync(request);
        Assert.Equal("identity_unavailable", (await GatewayHost.ErrorOf(answer, System.Net.HttpStatusCode.ServiceUnavailable)).Code);
        Assert.NotNull(answer.Headers.RetryAfter);
        using var models = await gateway.Client.GetAsync("/v1/models");
        Assert.Equal(System.Net.HttpStatusCode.OK, models.StatusCode);
        await gateway.Logs.WaitForAsync("it takes too long");
    }

    [Theory]
    [InlineData("endless")]
    [InlineData("dripping")]
    [InlineData("redirect")]
    [InlineData("page")]
    public async Task An_answer_that_is_no_key_set_brings_no_keys(string kind)
    {
        _server.Answer = async context =>
        {
            switch (kind)
            {
                case "endless":
                    var junk = new byte[64 * 1024];
                    for (var i = 0; i < 1024; i++)
                        await context.Response.Body.WriteAsync(junk, context.RequestAborted);
                    break;
                case "dripping":
                    while (!context.RequestAborted.IsCancellationRequested)
                    {
                        await context.Response.WriteAsync(" ", context.RequestAborted);
                        await context.Response.Body.FlushAsync(context.RequestAborted);
                        await Task.Delay(20, context.RequestAborted);
                    }

                    break;
                case "redirect" when context.Request.Path == "/jwks.json":
                    context.Response.Redirect("/elsewhere.json");
                    break;
                case "redirect":
                    await context.Response.WriteAsync(_issuer.Jwks());
                    break;
                default:
                    await context.Response.WriteAsync("<html>Sign in</html>");
                    break;
            }
        };
        await using var gateway = await StartAsync(_impatient);
        Assert.Equal(AccessReasons.SignersUnavailable, await ReasonAsync(gateway));
        await gateway.Logs.WaitForAsync("Failed to read the keys of the token issuer corp");
    }

    [Fact]
    public async Task An_address_that_does_not_prove_itself_brings_no_keys()
    {
        await using var stranger = await JwksServer.StartAsync(_folder["other.pem"]);
        await using var gateway = await StartAsync(("Jwt:Issuers:0:JwksCaFile", _folder["other.pem"]));
        Assert.Equal(AccessReasons.SignersUnavailable, await ReasonAsync(gateway));
        Assert.Equal(0, _server.Requests);
    }
}
