using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Edge;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Edge;

/// <summary>What the edge does with requests before anybody looks whose they are.</summary>
public sealed class EdgeGuardTests
{
    private static readonly TestTrustDomain _domain = new();

    private static HttpClient Https(Uri url) => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    })
    { BaseAddress = url, DefaultRequestVersion = HttpVersion.Version20 };

    private static async Task<HttpResponseMessage> Send(HttpClient client, string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    [Fact]
    public async Task Every_answer_has_the_security_headers_errors_and_the_page_included()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = _ => throw new InvalidOperationException("of the test");
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        string[] paths = ["/", "/assets/chat.js", "/nothing", "/v1/models", "/v1/nothing", "/api/tags", "/api/nothing"];
        foreach (var path in paths)
        {
            using var answer = await Send(gateway.Client, "GET", path);
            Expect(answer, path);
            if (path == "/")
                Assert.StartsWith("default-src 'none'", Header(answer, "Content-Security-Policy"), StringComparison.Ordinal);
        }

        using var refused = await gateway.Anonymous.GetAsync("/v1/models");
        Expect(refused, "401");
        using var failed = await gateway.AskAsync(GatewayHost.Chat());
        Expect(failed, "5xx");
        Assert.Contains("no-store", Header(failed, "Cache-Control"));

        static void Expect(HttpResponseMessage answer, string of)
        {
            Assert.True(Header(answer, "X-Content-Type-Options") == "nosniff", of);
            Assert.True(Header(answer, "Referrer-Policy") == "no-referrer", of);
            Assert.True(Header(answer, "Cache-Control") is not null, of);
            Assert.True(Header(answer, "Server") is null, of);
            Assert.True(Header(answer, "Access-Control-Allow-Origin") is null, of);
        }
    }

    [Fact]
    public async Task Https_is_for_ever_outside_development_and_never_said_for_localhost()
    {
        await using var development = await GatewayHost.StartAsync(_domain, []);
        using (var client = Https(development.HttpsUrl))
        using (var answer = await client.GetAsync("/v1/models"))
            Assert.Null(Header(answer, "Strict-Transport-Security"));

        using var folder = new TemporaryFolder();
        await using var production = GatewayHost.Create(_domain.CreateIdentity(ServiceNames.Gateway, "prod"), folder.Path, new RecordedLog(),
            [("ApiKeys:DevelopmentKeyFile", ""), ("ChatPage:LoginTokenFile", ""), ("Listen:HttpPort", "")]);
        await production.StartAsync();
        using var browser = Https(production.Services.GetRequiredService<EdgeListeners>().HttpsUrl);
        using var said = await browser.GetAsync("/v1/models");
        Assert.Equal("max-age=31536000", Header(said, "Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("TRACE", HttpStatusCode.MethodNotAllowed)]
    [InlineData("FROBNICATE", HttpStatusCode.NotImplemented)]
    [InlineData("CONNECT", HttpStatusCode.MethodNotAllowed)]
    public async Task Methods_that_nobody_needs_are_refused_everywhere(string method, HttpStatusCode status)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync($"{method} /v1/models HTTP/1.1\r\nHost: {gateway.Url.Authority}\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {(int)status}", await client.ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_url_that_is_too_long_is_refused_by_either_protocol()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        var path = "/v1/models?" + new string('x', 5000);
        using var old = await gateway.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.RequestUriTooLong, old.StatusCode);
        using var client = Https(gateway.HttpsUrl);
        var reset = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(path));
        Assert.Contains("PROTOCOL_ERROR", reset.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_headers_or_too_large_ones_are_refused()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var many = await Send(gateway.Client, "GET", "/v1/models", [.. Enumerable.Range(0, 70).Select(i => ($"x-h{i}", "v"))]);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, many.StatusCode);
        using var large = await Send(gateway.Client, "GET", "/v1/models", ("x-large", new string('x', 17_000)));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, large.StatusCode);
    }

    [Fact]
    public async Task Only_configured_origins_may_read_answers_and_a_change_is_in_force_at_once()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Edge:AllowedOrigins:0", "https://app.example"));
        using var asked = await Send(gateway.Anonymous, "OPTIONS", "/v1/chat/completions",
            ("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,content-type"));
        Assert.Equal(HttpStatusCode.NoContent, asked.StatusCode);
        Assert.Equal("https://app.example", Header(asked, "Access-Control-Allow-Origin"));
        Assert.Contains("authorization", Header(asked, "Access-Control-Allow-Headers"));
        Assert.Null(Header(asked, "Access-Control-Allow-Credentials"));
        Assert.Contains("Origin", Header(asked, "Vary"));

        using var answered = await Send(gateway.Client, "GET", "/v1/models", ("Origin", "https://app.example"));
        Assert.Equal("https://app.example", Header(answered, "Access-Control-Allow-Origin"));
        Assert.Contains("x-request-id", Header(answered, "Access-Control-Expose-Headers"));

        string[] others = ["https://app.example.evil", "http://app.example", "https://App.example", "null", "*", "https://app.example:8443"];
        foreach (var other in others)
        {
            using var refused = await Send(gateway.Anonymous, "OPTIONS", "/v1/chat/completions", ("Origin", other), ("Access-Control-Request-Method", "POST"));
            Assert.Equal((HttpStatusCode.MethodNotAllowed, null), (refused.StatusCode, Header(refused, "Access-Control-Allow-Origin")));
        }

        using var page = await Send(gateway.Anonymous, "GET", "/", ("Origin", "https://app.example"));
        Assert.Null(Header(page, "Access-Control-Allow-Origin"));

        var configuration = (IConfigurationRoot)gateway.Services.GetService(typeof(IConfiguration))!;
        configuration["Edge:AllowedOrigins:0"] = "https://new.example";
        configuration.Reload();
        using var old = await Send(gateway.Client, "GET", "/v1/models", ("Origin", "https://app.example"));
        using var changed = await Send(gateway.Client, "GET", "/v1/models", ("Origin", "https://new.example"));
        Assert.Equal((null, "https://new.example"), (Header(old, "Access-Control-Allow-Origin"), Header(changed, "Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task Addresses_are_limited_one_by_one_behind_a_trusted_proxy_and_nobody_else_can_name_another()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Edge:RequestsPerMinute", "2"), ("Edge:TrustedProxies:0", "127.0.0.0/8"));
        Task<HttpResponseMessage> From(string forwarded) => Send(gateway.Client, "GET", "/v1/models", ("X-Forwarded-For", forwarded));
        using var first = await From("198.51.100.1");
        using var second = await From("6.6.6.6, 198.51.100.1");
        using var third = await From("7.7.7.7, 198.51.100.1");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal("address_rate_limit_exceeded", (await GatewayHost.ErrorOf(third, HttpStatusCode.TooManyRequests)).Code);
        Assert.NotNull(third.Headers.RetryAfter);
        using var other = await From("198.51.100.2");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);

        await using var direct = await GatewayHost.StartAsync(_domain, [], ("Edge:RequestsPerMinute", "2"));
        for (var i = 0; i < 2; i++)
            (await Send(direct.Client, "GET", "/v1/models", ("X-Forwarded-For", $"198.51.100.{i}"))).Dispose();
        using var spoofed = await Send(direct.Client, "GET", "/v1/models", ("X-Forwarded-For", "198.51.100.9"));
        Assert.Equal(HttpStatusCode.TooManyRequests, spoofed.StatusCode);
    }

    [Fact]
    public async Task Who_guesses_keys_is_soon_refused_unseen_even_with_the_right_one()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Edge:RefusalsPerMinute", "3"));
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Anonymous.GetAsync("/v1/models")).StatusCode);
        using var refused = await gateway.Client.GetAsync("/v1/models");
        Assert.Equal("too_many_refusals", (await GatewayHost.ErrorOf(refused, HttpStatusCode.TooManyRequests)).Code);
    }

    [Theory]
    [InlineData("Edge:MaxConnectionsPerAddress", "")]
    [InlineData("Edge:MaxConnections", "")]
    [InlineData("Edge:MaxConnectionsPerAddress", "127.0.0.1/32")]
    public async Task Connections_are_bounded_in_all_and_of_one_address_but_not_of_a_trusted_proxy(string limit, string proxy)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], [(limit, "2"), .. proxy.Length > 0 ? [("Edge:TrustedProxies:0", proxy)] : Array.Empty<(string, string)>()]);
        using var one = await RawClient.ConnectAsync(gateway.Url);
        using var two = await RawClient.ConnectAsync(gateway.Url);
        await Ask(one);
        await Ask(two);
        using var three = await RawClient.ConnectAsync(gateway.Url);
        await three.SendAsync(Question);
        Assert.Equal(proxy.Length > 0 ? "HTTP/1.1 401" : "", (await three.ReadAsync()) is { Length: > 12 } text ? text[..12] : "");

        // Who leaves makes room.
        one.Dispose();
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var next = await RawClient.ConnectAsync(gateway.Url);
                await next.SendAsync(Question);
                return (await next.ReadAsync()).StartsWith("HTTP/1.1 401", StringComparison.Ordinal);
            },
            "its place is another's");

        static async Task Ask(RawClient client)
        {
            await client.SendAsync(Question);
            Assert.StartsWith("HTTP/1.1 401", await client.ReadAsync(), StringComparison.Ordinal);
        }
    }

    private const string Question = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";

    [Theory]
    [InlineData("Edge:TrustedProxies:0", "10.0.0.0/33")]
    [InlineData("Edge:TrustedProxies:0", "anybody")]
    [InlineData("Edge:AllowedOrigins:0", "*")]
    [InlineData("Edge:AllowedOrigins:0", "https://app.example/")]
    [InlineData("Edge:AllowedOrigins:0", "https://app.example:443")]
    [InlineData("Edge:AllowedOrigins:0", "https://App.example")]
    [InlineData("Edge:MaxConnections", "0")]
    [InlineData("Edge:HstsMaxAge", "-1")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string key, string value)
    {
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(_domain, [], (key, value)));
        Assert.Contains(key.Split(":0")[0], refusal.ToString());
    }

    [Fact]
    public async Task Http_3_is_there_where_the_machine_has_it_and_else_the_start_says_what_is_missing()
    {
        if (System.Net.Quic.QuicListener.IsSupported)
        {
            await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Edge:Http3", "true"));
            using var client = Https(gateway.HttpsUrl);
            client.DefaultRequestVersion = HttpVersion.Version30;
            client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            using var answer = await client.GetAsync("/v1/models");
            Assert.Equal(HttpVersion.Version30, answer.Version);
            return;
        }

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(_domain, [], ("Edge:Http3", "true")));
        Assert.Contains("libmsquic", refusal.ToString());
    }
}
