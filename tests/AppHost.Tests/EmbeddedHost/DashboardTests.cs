using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using global::EmbeddedHost.Dashboard;
using Microsoft.Extensions.DependencyInjection;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

public class DashboardTests
{
    private const string Token = "the-login-token";

    [Fact]
    public async Task Only_the_token_of_this_start_opens_it_and_the_cookie_is_out_of_reach_of_scripts_and_other_sites()
    {
        await using var host = await StartAsync();
        using var client = Client(host);

        Assert.Contains("Login token", await client.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/resources")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/resources/events")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/logs")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/login?t=wrong")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/login?t=")).StatusCode);

        var login = await client.GetAsync($"/login?t={Token}");
        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"));
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, cookie, StringComparison.Ordinal);
        Assert.Contains("id=\"rows\"", await client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_configured_token_each_start_makes_one_of_128_bits()
    {
        Assert.Matches("^[0-9a-f]{32}$", new DashboardAccess(null).LoginToken);
        Assert.NotEqual(new DashboardAccess(null).LoginToken, new DashboardAccess(null).LoginToken);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Other_names_for_this_machine_are_refused()
    {
        await using var host = await StartAsync();
        using var client = Client(host);
        foreach (var name in new[] { "evil.example", $"evil.example:{client.BaseAddress!.Port}", "localhost:1", "localhost" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = name } };
            Assert.Equal(HttpStatusCode.MisdirectedRequest, (await client.SendAsync(request)).StatusCode);
        }
    }

    [Fact]
    public async Task Every_answer_carries_the_strict_policy_and_is_not_cached()
    {
        await using var host = await StartAsync();
        using var client = await LoggedInAsync(host);
        foreach (var path in new[] { "/", "/app.js", "/app.css", "/login", "/api/resources", "/nothing" })
        {
            var response = await client.GetAsync(path);
            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.True(response.Headers.CacheControl!.NoStore);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        }

        // A strict policy allows no script or style in the page itself.
        var page = await client.GetStringAsync("/");
        Assert.DoesNotMatch("<style|style=|onclick=|<script>", page);
    }

    [Theory]
    [InlineData(false, null, null, 403)]
    [InlineData(true, "cross-site", null, 403)]
    [InlineData(true, "same-site", null, 403)]
    [InlineData(true, null, "http://evil.example", 403)]
    [InlineData(true, "same-origin", "null", 403)]
    [InlineData(true, "same-origin", null, 202)]
    [InlineData(true, null, null, 202)]
    public async Task A_change_is_accepted_only_from_its_own_page(bool withHeader, string? site, string? origin, int expected)
    {
        await using var host = await StartAsync();
        using var client = await LoggedInAsync(host);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/resources/job/restart");
        if (withHeader)
            request.Headers.Add("X-Embedded-Host", "1");
        if (site is not null)
            request.Headers.Add("Sec-Fetch-Site", site);
        if (origin is not null)
            request.Headers.Add("Origin", origin);

        Assert.Equal(expected, (int)(await client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Without_the_cookie_a_change_is_refused_and_unknown_names_are_not_found()
    {
        await using var host = await StartAsync();
        using var stranger = Client(host);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(stranger, "/api/resources/job/stop")).StatusCode);

        using var client = await LoggedInAsync(host);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(client, "/api/resources/nobody/stop")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(client, "/api/resources/job/dance")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/logs?resource=nobody")).StatusCode);
    }

    [Fact]
    public async Task A_resource_is_stopped_and_started_by_its_buttons_and_seen_to_be()
    {
        await using var host = await StartAsync();
        using var client = await LoggedInAsync(host);
        await host.HealthyAsync("job");
        Assert.Equal("running", await StateAsync(client));

        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(client, "/api/resources/job/stop")).StatusCode);
        await host.UntilAsync("job", @event => @event.Snapshot.State?.Text == KnownResourceStates.Exited);
        Assert.Equal("stopped", await StateAsync(client));

        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(client, "/api/resources/job/start")).StatusCode);
        await host.HealthyAsync("job");
    }

    [Fact]
    public async Task Streams_deliver_states_and_log_lines_as_they_come()
    {
        await using var host = await StartAsync();
        using var client = await LoggedInAsync(host);
        using var logs = new StreamReader(await client.GetStreamAsync("/api/logs?resource=job"));
        using var states = new StreamReader(await client.GetStreamAsync("/api/resources/events"));

        await UntilAsync(logs, "<b>hello</b>");
        await PostAsync(client, "/api/resources/job/stop");
        await UntilAsync(states, "\"stopped\"");
        await PostAsync(client, "/api/resources/job/start");
        await UntilAsync(logs, "<b>hello</b>");

        static async Task UntilAsync(StreamReader stream, string text)
        {
            while (true)
            {
                var line = await stream.ReadLineAsync().WaitAsync(RunningHost.Patience);
                if (JsonText(line).Contains(text, StringComparison.Ordinal))
                    return;
            }
        }

        static string JsonText(string? line) => line is not null && line.StartsWith("data: ", StringComparison.Ordinal)
            ? JsonSerializer.Serialize(JsonDocument.Parse(line[6..]).RootElement, _readable)
            : "";
    }

    [Theory]
    [InlineData("http://0.0.0.0:18888")]
    [InlineData("https://localhost:18888")]
    [InlineData("http://example.com:18888")]
    [InlineData("nonsense")]
    public void An_address_that_others_could_reach_is_refused(string url)
    {
        var refused = Assert.Throws<DistributedApplicationException>(() => Builder(url));
        Assert.Contains("ASPNETCORE_URLS", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_the_option_that_moves_the_dashboard()
    {
        using var owner = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        owner.Start();
        var port = ((IPEndPoint)owner.LocalEndpoint).Port;
        await using var builder = Builder($"http://localhost:{port}");

        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(() => RunningHost.StartAsync(builder));
        Assert.Contains($"Port {port} (the dashboard's) is already taken by process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--ASPNETCORE_URLS=", refused.Message, StringComparison.Ordinal);
    }

    private static readonly JsonSerializerOptions _readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static IDistributedApplicationTestingBuilder Builder(string url) => DistributedApplicationTestingBuilder.Create(
        [$"--ASPNETCORE_URLS={url}", $"--AppHost:BrowserToken={Token}"], (options, _) => options.DisableDashboard = false);

    private static async Task<RunningHost> StartAsync()
    {
        var builder = Builder("http://localhost:0");
        builder.AddShell("job", $"echo '<b>hello</b>'; {Shell.Forever}");
        return await RunningHost.StartAsync(builder);
    }

    private static HttpClient Client(RunningHost host) => new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        BaseAddress = host.App.Services.GetRequiredService<DashboardServer>().Address,
        Timeout = RunningHost.Patience,
    };

    private static async Task<HttpClient> LoggedInAsync(RunningHost host)
    {
        var client = Client(host);
        (await client.GetAsync(new Uri(host.App.Services.GetRequiredService<DashboardServer>().LoginUrl))).EnsureSuccessStatusCode();
        return client;
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "X-Embedded-Host", "1" } } };
        return await client.SendAsync(request);
    }

    private static async Task<string?> StateAsync(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonElement>("/api/resources"))[0].GetProperty("state").GetString();
}
