using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using Zakenak.Services.Tests.ServiceDefaults;
using static Zakenak.Services.Tests.Gateway.Faults.RawModelServer;

namespace Zakenak.Services.Tests.Gateway.Faults;

/// <summary>What a model server may answer that is no answer: the client gets a clear error, the next one a clear answer, and no limit is hurt.</summary>
public class GarbageTests
{
    private const int Limit = 1_000_000;
    private const string Invalid = "backend_invalid_response";
    private const string Lost = "backend_lost";

    private static readonly TestTrustDomain _domain = new();

    public static TheoryData<string, string, string> Garbage => new()
    {
        { "another protocol", "SSH-2.0-OpenSSH_10.0\r\n\r\n", Invalid },
        { "no status", "HTTP/1.1 OK\r\n\r\n", Invalid },
        { "a header without colon", "HTTP/1.1 200 OK\r\nContent-Length 2\r\n\r\n{}", Invalid },
        { "two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", Invalid },
        { "chunks of no length", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", Invalid },
        { "headers without end", "HTTP/1.1 200 OK\r\nx: " + new string('x', 200_000) + "\r\n\r\n", Invalid },
        { "many headers", "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Range(0, 9000).Select(i => $"x-{i}: 1234567890\r\n")) + "\r\n", Invalid },
        { "another protocol from here on", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\nother", Invalid },
        { "nothing, and well", "HTTP/1.1 204 No Content\r\n\r\n", Invalid },
        { "nothing new", "HTTP/1.1 304 Not Modified\r\n\r\n", Invalid },
        { "elsewhere", "HTTP/1.1 307 Temporary Redirect\r\nLocation: /v1/chat/completions?again\r\nContent-Length: 0\r\n\r\n", Invalid },
        { "compressed", Zipped(StubModelServer.Completion("a")), Invalid },
        { "a body without end", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + new string(' ', 200_000), Invalid },
        { "more than announced", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n" + StubModelServer.Completion("a"), Invalid },
        { "less than announced", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n" + StubModelServer.Completion("a"), Lost },
        { "much less than announced", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000000000000000000\r\n\r\n{", Lost },
        { "half a chunk", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"choices\":[", Lost },
        { "half a head", "HTTP/1.1 200 OK\r\nContent-", Lost },
        { "nothing", "", Lost },
        { "an error that is none", "HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", Invalid },
    };

    private static Task<GatewayHost> StartAsync(RawModelServer server, SteppedClock clock, params (string Key, string Value)[] more) => GatewayHost.StartAsync(_domain, [], clock,
    [
        server.Setting, ("ModelServers:PollInterval", "00:00:10"), ("Resilience:FailuresToOpen", "1000"), ("Forwarding:MaxAnswerBytes", "65536"),
        ("Limits:UsageTimeout", "00:00:00"), ("Limits:TokensPerMinute", $"{Limit}"), ("Limits:RequestsPerMinute", "10000"), .. more,
    ]);

    private static async Task<long> RemainingAsync(GatewayHost gateway)
    {
        using var answer = await gateway.Client.GetAsync("/v1/models");
        return long.Parse(Assert.Single(answer.Headers.GetValues("x-ratelimit-remaining-tokens")), CultureInfo.InvariantCulture);
    }

    private static string Zipped(string json)
    {
        using var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Fastest))
            zip.Write(Encoding.UTF8.GetBytes(json));
        return Ok(Encoding.Latin1.GetString(zipped.ToArray()), "Content-Encoding: gzip\r\n");
    }

    private static async Task AnswersWellAsync(GatewayHost gateway, RawModelServer server)
    {
        server.Answer = Says(Ok(StubModelServer.Completion("well")));
        using var answer = await gateway.AskAsync(GatewayHost.Chat());
        Assert.Equal((HttpStatusCode.OK, StubModelServer.Completion("well")), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Garbage_is_one_clear_error_and_leaves_nothing_behind(string what, string bytes, string code)
    {
        var clock = new SteppedClock();
        await using var server = new RawModelServer(_domain);
        await using var gateway = await StartAsync(server, clock);
        var closed = 0;
        foreach (var stream in new[] { false, true })
        {
            // Who asked for a stream and is announced something else need not see how that ends.
            var expected = stream && bytes.Contains("200 OK\r\nContent-Type: application/json", StringComparison.Ordinal) ? Invalid : code;
            server.Answer = Says(bytes, thenCloses: true);
            using (var answer = await gateway.AskAsync(GatewayHost.Chat(stream: stream)))
                Assert.Equal((what, expected), (what, (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadGateway)).Code));

            // Whoever is asked while its connection is being closed is a lost one, and rightly so.
            closed++;
            await GatewayHost.Until(() => server.Closed == closed);
            await AnswersWellAsync(gateway, server);
        }

        // Asked once each: none of these is a reason to ask again. And after a minute nothing is held any more.
        Assert.Equal(4, server.Requests.Count);
        await GatewayHost.Until(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(61));
            return RemainingAsync(gateway).Result == Limit;
        });
    }

    [Fact]
    public async Task What_follows_an_answer_is_nobodys_answer()
    {
        await using var server = new RawModelServer(_domain);
        await using var gateway = await StartAsync(server, new SteppedClock());
        server.Answer = Says(Ok(StubModelServer.Completion("first")) + Ok(StubModelServer.Completion("smuggled")));
        using (var answer = await gateway.AskAsync(GatewayHost.Chat()))
            Assert.Contains("first", await answer.Content.ReadAsStringAsync());
        await AnswersWellAsync(gateway, server);
    }

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")]
    public async Task Interim_answers_are_skipped_and_only_they_never_suffice(string interim)
    {
        await using var server = new RawModelServer(_domain);
        await using var gateway = await StartAsync(server, new SteppedClock());
        server.Answer = Says(interim + interim + Ok(StubModelServer.Completion("well")));
        using (var answer = await gateway.AskAsync(GatewayHost.Chat()))
            Assert.Equal(StubModelServer.Completion("well"), await answer.Content.ReadAsStringAsync());
        server.Answer = async stream =>
        {
            while (true)
                await stream.WriteAsync(Encoding.Latin1.GetBytes(interim));
        };
        using (var answer = await gateway.AskAsync(GatewayHost.Chat()))
            Assert.Equal(Invalid, (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadGateway)).Code);
        await AnswersWellAsync(gateway, server);
    }

    [Fact]
    public async Task Headers_that_make_no_sense_change_nothing()
    {
        await using var server = new RawModelServer(_domain);
        await using var gateway = await StartAsync(server, new SteppedClock());
        foreach (var header in new[]
        {
            "x-zakenak-ignored-parameters: \u00fc\u0001", "x-zakenak-load: running=-1, queued=99999999999, slots=0, kv=2000", "x-zakenak-load: \u00ff",
            "Retry-After: -1", "x-zakenak-used-tokens: -5", "Content-Type: \u00e4", "Date: never",
        })
        {
            server.Answer = Says(Ok(StubModelServer.Completion("well"), header + "\r\n"));
            using var answer = await gateway.AskAsync(GatewayHost.Chat());
            Assert.Equal((header, HttpStatusCode.OK), (header, answer.StatusCode));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_compressed_stream_is_refused_at_once(bool endless)
    {
        await using var server = new RawModelServer(_domain);
        await using var gateway = await StartAsync(server, new SteppedClock());
        server.Answer = Says("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n\u001f\u008b", thenCloses: !endless);
        using var answer = await gateway.AskAsync(GatewayHost.Chat(stream: true));
        Assert.Equal(Invalid, (await GatewayHost.ErrorOf(answer, HttpStatusCode.BadGateway)).Code);
    }
}
