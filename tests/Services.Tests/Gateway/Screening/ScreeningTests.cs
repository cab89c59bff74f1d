using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Screening;

public class ScreeningTests
{
    private static readonly TestTrustDomain _domain = new();

    /// <summary>Bytes whose length is not told before.</summary>
    private sealed class Chunked(byte[] bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (var piece in bytes.Chunk(5000))
                await stream.WriteAsync(piece);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private static HttpContent Content(string body, bool chunked)
    {
        HttpContent content = chunked ? new Chunked(Encoding.UTF8.GetBytes(body)) : new StringContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_413_and_one_at_the_limit_passes(bool chunked)
    {
        await using var server = await StubModelServer.StartAsync(_domain);
        await using var gateway = await GatewayHost.StartAsync(_domain, [server], ("Screening:MaxBodyBytes", "20000"));
        var most = GatewayHost.Chat(new string('x', 20000 - GatewayHost.Chat("").Length));
        using var fits = await gateway.Client.PostAsync("/v1/chat/completions", Content(most, chunked));
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        Assert.Equal(most, Assert.Single(server.Requests).Body);
        using var over = await gateway.Client.PostAsync("/v1/chat/completions", Content(most + " ", chunked));
        Assert.Equal("request_too_large", (await GatewayHost.ErrorOf(over, HttpStatusCode.RequestEntityTooLarge)).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_far_over_the_limit_is_413_too(bool chunked)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var answer = await gateway.Client.PostAsync("/v1/chat/completions", Content(new string(' ', 1_300_000), chunked));
        Assert.Equal("request_too_large", (await GatewayHost.ErrorOf(answer, HttpStatusCode.RequestEntityTooLarge)).Code);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/jsonx")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData(null)]
    public async Task Another_content_type_is_415(string? type)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(GatewayHost.Chat()));
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        using var answer = await gateway.Client.PostAsync("/v1/chat/completions", content);
        Assert.Equal("unsupported_media_type", (await GatewayHost.ErrorOf(answer, HttpStatusCode.UnsupportedMediaType)).Code);
    }

    [Fact]
    public async Task A_compressed_body_is_415()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        var content = GatewayHost.Json(GatewayHost.Chat());
        content.Headers.ContentEncoding.Add("gzip");
        using var answer = await gateway.Client.PostAsync("/v1/chat/completions", content);
        Assert.Equal("unsupported_media_type", (await GatewayHost.ErrorOf(answer, HttpStatusCode.UnsupportedMediaType)).Code);
    }

    [Fact]
    public async Task Broken_json_is_400_and_the_parameter_at_fault_is_named()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        using var broken = await gateway.AskAsync("{\"model\":");
        Assert.Equal("invalid_json", (await GatewayHost.ErrorOf(broken, HttpStatusCode.BadRequest)).Code);
        using var typed = await gateway.AskAsync("{\"model\":\"m\",\"messages\":[],\"stream\":\"yes\"}");
        Assert.Equal("stream", (await GatewayHost.ErrorOf(typed, HttpStatusCode.BadRequest)).Param);
    }

    [Fact]
    public async Task A_body_that_does_not_arrive_is_408()
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, [], ("Screening:BodyTimeout", "00:00:00.200"));
        var answer = await RawAsync(gateway, $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gateway.Key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{");
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("body_timeout", answer);
    }

    [Theory]
    [InlineData("GET /v1/models?x=LONG HTTP/1.1\r\nHost: localhost\r\n\r\n", 5000, "414")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nx: LONG\r\n\r\n", 20000, "431")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer KEY\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", 0, "400")]
    public async Task Lines_headers_and_chunks_beyond_http_are_refused(string request, int length, string status)
    {
        await using var gateway = await GatewayHost.StartAsync(_domain, []);
        var answer = await RawAsync(gateway, request.Replace("LONG", new string('a', length), StringComparison.Ordinal).Replace("KEY", gateway.Key, StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 " + status, answer, StringComparison.Ordinal);
    }

    private static async Task<string> RawAsync(GatewayHost gateway, string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(gateway.Url.Host, gateway.Url.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        var buffer = new byte[8192];
        var text = "";
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        int read;
        while (!text.Contains("}}", StringComparison.Ordinal) && (read = await stream.ReadAsync(buffer, timeout.Token)) > 0)
            text += Encoding.ASCII.GetString(buffer, 0, read);
        return text;
    }
}
