using System.Net;
using System.Text.RegularExpressions;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public partial class ChatPageTests
{
    private static readonly TestTrustDomain _domain = new();

    private static async Task<string> LogInAsync(GatewayHost gateway)
    {
        using var answer = await gateway.Anonymous.GetAsync("/login?token=" + GatewayHost.LoginToken);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("/", answer.Headers.Location?.ToString());
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        foreach (var attribute in new[] { "httponly", "samesite=strict", "path=/", "max-age=" })
            Assert.Contains(attribute, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(GatewayHost.LoginToken, cookie);
        return cookie.Split(';')[0];
    }

    private static Task<HttpResponseMessage> SendAsync(GatewayHost gateway, HttpMethod method, string path, string? cookie, params (string, string)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        if (method == HttpMethod.Post)
            request.Content = GatewayHost.Json(GatewayHost.Chat(stream: true));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return gateway.Anonymous.SendAsync(request);
    }

    [Fact]
    public async Task The_link_opens_a_session_and_the_page_chats_with_it()
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("hello") + StubModelServer.Done);
        };
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        var cookie = await LogInAsync(gateway);
        using var page = await SendAsync(gateway, HttpMethod.Get, "/", cookie);
        Assert.Contains("id=\"composer\"", await page.Content.ReadAsStringAsync());
        using var models = await SendAsync(gateway, HttpMethod.Get, "/chat/models", cookie, ("x-zakenak-chat", "1"));
        Assert.Contains(StubModelServer.Digest, await models.Content.ReadAsStringAsync());
        using var answer = await SendAsync(gateway, HttpMethod.Post, "/chat/completions", cookie,
            ("x-zakenak-chat", "1"), ("Sec-Fetch-Site", "same-origin"), ("Origin", gateway.Url.GetLeftPart(UriPartial.Authority)));
        Assert.Equal(StubModelServer.Event("hello") + StubModelServer.Done, await answer.Content.ReadAsStringAsync());
        Assert.Equal("600", Assert.Single(answer.Headers.GetValues("x-ratelimit-limit-requests")));
        Assert.DoesNotContain("Cookie", Assert.Single(server.Requests).Headers.Keys);
    }

    [Fact]
    public async Task Without_a_session_there_is_an_explanation_and_no_answer()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        foreach (var cookie in new[] { null, "zakenak_chat_session=", "zakenak_chat_session=" + new string('A', 86), "zakenak_chat_session=" + new string('%', 86) })
        {
            using var page = await SendAsync(gateway, HttpMethod.Get, "/", cookie);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Contains("login link", await page.Content.ReadAsStringAsync());
            using var answer = await SendAsync(gateway, HttpMethod.Post, "/chat/completions", cookie, ("x-zakenak-chat", "1"));
            Assert.Equal("session_over", (await GatewayHost.ErrorOf(answer, HttpStatusCode.Unauthorized)).Code);
        }

        using var keyed = await gateway.Client.PostAsync("/chat/completions", GatewayHost.Json(GatewayHost.Chat()));
        Assert.Equal(HttpStatusCode.Unauthorized, keyed.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?token=")]
    [InlineData("?token=login-token-of-this-test-012345678")]
    [InlineData("?token=login-token-of-this-test-0123456789&token=x")]
    public async Task A_wrong_link_is_401_and_says_where_the_right_one_is(string query)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var answer = await gateway.Anonymous.GetAsync("/login" + query);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("Look in the terminal", await answer.Content.ReadAsStringAsync());
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_session_of_another_run_or_with_one_other_bit_is_none()
    {
        await using var before = await GatewayHost.StartAsync(_domain, []);
        await using var after = await GatewayHost.StartAsync(_domain, []);
        var cookie = await LogInAsync(before);
        using var other = await SendAsync(after, HttpMethod.Get, "/chat/models", cookie, ("x-zakenak-chat", "1"));
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);
        for (var i = "zakenak_chat_session=".Length; i < cookie.Length - 1; i += 9)
        {
            var changed = cookie[..i] + (cookie[i] == 'A' ? 'B' : 'A') + cookie[(i + 1)..];
            using var refused = await SendAsync(before, HttpMethod.Get, "/chat/models", changed, ("x-zakenak-chat", "1"));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("x-zakenak-chat", "0")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://localhost:18888")]
    public async Task What_the_page_did_not_send_is_refused(string header, string value)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server]);
        var cookie = await LogInAsync(gateway);
        (string, string)[] headers = header is "none" or "x-zakenak-chat" ? [(header, value)] : [("x-zakenak-chat", "1"), (header, value)];
        using var answer = await SendAsync(gateway, HttpMethod.Post, "/chat/completions", cookie, headers);
        Assert.Equal("cross_site_request", (await GatewayHost.ErrorOf(answer, HttpStatusCode.Forbidden)).Code);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("0.0.0.0")]
    public async Task Under_a_foreign_name_the_page_is_not_reached(string host)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        var cookie = await LogInAsync(gateway);
        foreach (var path in new[] { "/", "/login?token=" + GatewayHost.LoginToken, "/chat/models", "/assets/page.css" })
        {
            using var answer = await SendAsync(gateway, HttpMethod.Get, path, cookie, ("Host", host));
            Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:8080")]
    [InlineData("127.0.0.1:1")]
    [InlineData("[::1]:8080")]
    [InlineData("chat.example")]
    public async Task Under_loopback_names_and_configured_ones_it_is(string host)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("ChatPage:AllowedHosts:0", "chat.example"));
        using var answer = await SendAsync(gateway, HttpMethod.Get, "/", null, ("Host", host));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/assets/page.css", "text/css")]
    [InlineData("/assets/chat.js", "text/javascript")]
    [InlineData("/assets/mark.svg", "image/svg+xml")]
    public async Task Every_file_has_a_strict_policy_and_is_sent_once_only(string path, string type)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var answer = await gateway.Anonymous.GetAsync(path);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy);
        foreach (var part in new[] { "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "script-src 'self'" })
            Assert.Contains(part, policy);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        using var again = await SendAsync(gateway, HttpMethod.Get, path, null, ("If-None-Match", answer.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Theory]
    [InlineData("/assets/chat.html")]
    [InlineData("/assets/nothing")]
    [InlineData("/assets/..%2fchat.html")]
    [InlineData("/assets/")]
    public async Task Nothing_else_is_served(string path)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var answer = await gateway.Anonymous.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public void The_page_names_no_other_place_and_has_nothing_inline()
    {
        var assembly = typeof(Zakenak.Gateway.Program).Assembly;
        var files = assembly.GetManifestResourceNames().Where(n => n.StartsWith("Page/", StringComparison.Ordinal)).ToList();
        Assert.True(files.Count >= 8);
        foreach (var name in files)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            var text = reader.ReadToEnd();
            foreach (var url in Url().Matches(text).Select(m => m.Value))
                Assert.True(url.StartsWith("http://localhost:8080/", StringComparison.Ordinal) || url == "http://www.w3.org/2000/svg", $"{name}: {url}");
            Assert.DoesNotMatch(@"innerHTML|insertAdjacentHTML|document\.write|\beval\b", text);
            if (name.EndsWith(".html", StringComparison.Ordinal))
                Assert.DoesNotMatch(@"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text);
        }
    }

    [GeneratedRegex("""https?://[^\s"'<)]+""")]
    private static partial Regex Url();
}
