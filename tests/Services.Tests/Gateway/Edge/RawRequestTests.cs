using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Edge;

/// <summary>Requests that two servers could read in two ways, and clients that take their time.</summary>
public sealed class RawRequestTests
{
    private static readonly TestTrustDomain _domain = new();

    /// <summary>What a smuggler hides behind the first request.</summary>
    private const string Hidden = "GET /v1/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";

    [Theory]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4, 4\r\n\r\nabcd")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Folded: a\r\n b\r\n\r\n")]
    [InlineData("GET /v1/models HTTP/1.1\nHost: localhost\n\n")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: localhost\nX-Bare: lf\r\n\r\n")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Bare: c\rr\r\n\r\n")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere\r\n\r\n")]
    [InlineData("GET /v1/models HTTP/1.1\r\n\r\n")]
    [InlineData("GET /v1/mod\0els HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Nul: a\0b\r\n\r\n")]
    [InlineData("GET  /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /v1/models HTTP/9.9\r\nHost: localhost\r\n\r\n")]
    public async Task What_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read(string request)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync(request + Hidden);
        var answer = await client.ReadAsync();
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 5", StringComparison.Ordinal), answer);
        var next = await client.ReadAsync();
        Assert.True(next.Length == 0, request + " → " + answer + next);
        Assert.DoesNotContain(gateway.Logs.Lines, l => l.Contains("smuggled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_chunked_body_with_bare_line_feeds_or_a_false_size_is_refused()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        string[] bodies = ["5\nabcde\n0\n\n", "5\r\nabcdefgh\r\n0\r\n\r\n", "-1\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n", "5;a=\nb\r\nabcde\r\n0\r\n\r\n"];
        foreach (var body in bodies)
        {
            using var client = await RawClient.ConnectAsync(gateway.Url);
            await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gateway.Key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{body}{Hidden}");
            var answer = await client.ReadAsync();
            Assert.True(answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), body + " → " + answer);
            Assert.True(await client.IsClosedAsync(), body);
        }
    }

    [Fact]
    public async Task Who_sends_its_headers_too_slowly_is_cut_off()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Edge:HeadersTimeout", "00:00:00.300"));
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync("GET /v1/models HTTP/1.1\r\nHost: lo");
        var answer = await client.ReadAsync();
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task Who_keeps_a_connection_and_sends_nothing_loses_it()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Edge:KeepAliveTimeout", "00:00:03"));
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 401", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task Who_sends_a_body_too_slowly_is_refused()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Edge:SlowGrace", "00:00:01.001"), ("Edge:MinBytesPerSecond", "1000"));
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gateway.Key}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n" + "{");
        var answer = await client.ReadAsync();
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
    }
}
