using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Zakenak.Contracts;
using Zakenak.ModelServer.Completions;
using Zakenak.ServiceDefaults;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Completions;

public class BadRequestTests
{
    private const string Sound = """{"model":"guide","messages":[{"role":"user","content":"hi"}]}""";

    [Theory]
    [InlineData("model", "null", "model")]
    [InlineData("model", "7", "model")]
    [InlineData("model", "\"\"", "model")]
    [InlineData("messages", "[]", "messages")]
    [InlineData("messages", "\"hi\"", "messages")]
    [InlineData("messages", "[7]", "messages[0]")]
    [InlineData("messages", "[{\"role\":\"user\"}]", "messages[0].content")]
    [InlineData("messages", "[{\"role\":\"user\",\"content\":\"\\ud800\"}]", "messages[0].content")]
    [InlineData("messages", "[{\"role\":\"king\",\"content\":\"hi\"}]", "messages[0].role")]
    [InlineData("messages", "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]", "messages[0].content[0].type")]
    [InlineData("messages", "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":7}]}]", "messages[0].content[0].text")]
    [InlineData("stream", "\"yes\"", "stream")]
    [InlineData("stream_options", "{\"include_usage\":true}", "stream_options")]
    [InlineData("max_tokens", "0", "max_tokens")]
    [InlineData("max_tokens", "-1", "max_tokens")]
    [InlineData("max_tokens", "1.5", "max_tokens")]
    [InlineData("max_tokens", "99999999999999999999", "max_tokens")]
    [InlineData("max_completion_tokens", "\"9\"", "max_completion_tokens")]
    [InlineData("temperature", "2.1", "temperature")]
    [InlineData("temperature", "-1e999", "temperature")]
    [InlineData("top_p", "1.01", "top_p")]
    [InlineData("seed", "1.5", "seed")]
    [InlineData("stop", "7", "stop")]
    [InlineData("stop", "\"\"", "stop")]
    [InlineData("stop", "[\"a\",\"b\",\"c\",\"d\",\"e\"]", "stop")]
    [InlineData("stop", "[\"a\",null]", "stop[1]")]
    [InlineData("messages", "[{\"role\":\"tool\",\"content\":\"hi\"}]", "messages[0].tool_call_id")]
    [InlineData("messages", "[{\"role\":\"tool\",\"tool_call_id\":\"x\",\"content\":\"hi\"}]", "messages[0].tool_call_id")]
    [InlineData("messages", "[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"[]\"}}]}]", "messages[0].tool_calls[0].function.arguments")]
    [InlineData("messages", "[{\"role\":\"assistant\",\"tool_calls\":[7]}]", "messages[0].tool_calls[0]")]
    [InlineData("messages", "[{\"role\":\"assistant\",\"tool_calls\":[]}]", "messages[0].content")]
    [InlineData("n", "9", "n")]
    [InlineData("n", "\"1\"", "n")]
    [InlineData("tools", "[{}]", "tools[0].type")]
    [InlineData("tools", "7", "tools")]
    [InlineData("tools", "[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]", "tools[0].function.name")]
    [InlineData("tools", "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"string\"}}}]", "tools[0].function.parameters.type")]
    [InlineData("tools", "[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tools")]
    [InlineData("tool_choice", "\"required\"", "tool_choice")]
    [InlineData("tool_choice", "\"maybe\"", "tool_choice")]
    [InlineData("parallel_tool_calls", "1", "parallel_tool_calls")]
    [InlineData("functions", "[]", "functions")]
    [InlineData("response_format", "{\"type\":\"xml\"}", "response_format.type")]
    [InlineData("response_format", "{\"type\":\"json_schema\"}", "response_format.json_schema")]
    [InlineData("response_format", "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\"}}", "response_format.json_schema.schema")]
    [InlineData("response_format", "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{\"not\":{}}}}", "response_format.json_schema.schema/not")]
    [InlineData("response_format", "7", "response_format")]
    [InlineData("logprobs", "1", "logprobs")]
    [InlineData("top_logprobs", "3", "top_logprobs")]
    [InlineData("logit_bias", "{\"1\":101}", "logit_bias")]
    [InlineData("logit_bias", "{\"x\":1}", "logit_bias")]
    [InlineData("frequency_penalty", "2.5", "frequency_penalty")]
    [InlineData("repetition_penalty", "0", "repetition_penalty")]
    [InlineData("top_k", "-1", "top_k")]
    [InlineData("min_p", "1.5", "min_p")]
    [InlineData("presence_penalty", "3", "presence_penalty")]
    [InlineData("modalities", "[\"text\",\"audio\"]", "modalities")]
    [InlineData("audio", "{}", "audio")]
    [InlineData("chat_template_kwargs", "[]", "chat_template_kwargs")]
    [InlineData("chat_template_kwargs", "{\"tools\":1}", "chat_template_kwargs")]
    [InlineData("chat_template_kwargs", "{\"a\":{}}", "chat_template_kwargs")]
    [InlineData("zakenak", "7", "zakenak")]
    [InlineData("zakenak", "{\"features\":{\"refs\":[\"a:b\"]}}", "zakenak.features.entity")]
    [InlineData("zakenak", "{\"features\":{\"entity\":{\"a\":7},\"refs\":[\"a:b\"]}}", "zakenak.features.entity")]
    [InlineData("zakenak", "{\"features\":{\"entity\":{\"a\":\"1\\n2\"},\"refs\":[\"a:b\"]}}", "zakenak.features.entity")]
    [InlineData("zakenak", "{\"features\":{\"entity\":{\"a\":\"1\"},\"refs\":[]}}", "zakenak.features.refs")]
    [InlineData("zakenak", "{\"features\":{\"entity\":{\"a\":\"1\"},\"refs\":[\"a:b\\nc = d\"]}}", "zakenak.features.refs")]
    public void A_parameter_that_is_wrong_or_unsupported_is_named(string parameter, string value, string named)
    {
        using var sound = JsonDocument.Parse(Sound);
        var fields = sound.RootElement.EnumerateObject().Where(field => field.Name != parameter).Select(field => $"\"{field.Name}\":{field.Value.GetRawText()}");

        var (request, refusal) = Parse("{" + string.Join(',', [.. fields, $"\"{parameter}\":{value}"]) + "}");

        Assert.Null(request);
        Assert.Equal(400, refusal!.Status);
        Assert.Equal(named, refusal.Param);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\"hi\"")]
    [InlineData("{\"model\":\"guide\",\"model\":\"other\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}")]
    [InlineData("{\"\\ud800\":1,\"model\":\"guide\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}")]
    [InlineData("{\"model\":\"guide\",\"messages\":" + "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" + "}")]
    public void What_is_no_json_object_is_refused(string body)
    {
        var (request, refusal) = Parse(body);

        Assert.Null(request);
        Assert.Equal("invalid_json", refusal!.Code);
    }

    [Fact]
    public void Values_that_change_nothing_and_names_unknown_are_let_through()
    {
        var (request, refusal) = Parse("""
            {"model":"guide","messages":[{"role":"developer","content":"a"},{"role":"user","name":"bob","content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]}],
             "n":1,"tools":[],"response_format":{"type":"text"},"logprobs":false,"frequency_penalty":0,"presence_penalty":0.0,"logit_bias":{},"modalities":["text"],
             "user":"u","metadata":{"a":1},"store":false,"stop":null,"max_tokens":5,"max_completion_tokens":6,"temperature":0,"top_p":0.5,"seed":-1}
            """);

        Assert.Null(refusal);
        Assert.Equal(["system", "user"], request!.Turns.Select(turn => turn.Role));
        Assert.Equal(["a", "bc"], request.Turns.Select(turn => turn.Content));
        Assert.Equal(6, request.MaxTokens);
        Assert.Equal(0f, request.Temperature);
        Assert.Equal(0.5f, request.TopP);
        Assert.NotEqual(uint.MaxValue, request.Seed);
    }

    [Fact]
    public void Whatever_the_bytes_are_the_parser_answers()
    {
        // Sound bodies with a few bytes changed reach deeper than noise does.
        var mutated =
            from edits in (from at in Gen.Choose(0, Sound.Length - 1) from to in Gen.Choose(0, 255) select (at, to)).ListOf()
            select edits.Aggregate(Encoding.UTF8.GetBytes(Sound), (body, edit) =>
            {
                body[edit.at] = (byte)edit.to;
                return body;
            });

        Prop.ForAll(mutated.ToArbitrary(), body =>
        {
            var (request, refusal) = ChatRequestParser.Parse(body);
            return request is null != refusal is null;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public async Task The_grant_says_which_model_answers_whatever_the_body_calls_it()
    {
        await using var server = await StartAsync(new FakeBackend());
        var answer = await server.AskAsync(Body("hi", ("model", "best@v7")));
        Assert.Equal("guide:v1", answer.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Bodies_of_the_wrong_kind_or_size_are_refused_in_openai_shape()
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend, ("Completions:MaxBodyBytes", "2000"));
        var warmUp = backend.Tokenized;

        await RefusedAsync(server, new StringContent(Sound, Encoding.UTF8, "text/plain"), HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        await RefusedAsync(server, new StringContent(Sound[..20], Encoding.UTF8, "application/json"), HttpStatusCode.BadRequest, "invalid_json");
        await RefusedAsync(server, Json([.. Encoding.UTF8.GetBytes(Sound[..^4]), 0xFF, .. "\"}]}"u8]), HttpStatusCode.BadRequest, "invalid_json");
        await RefusedAsync(server, Json(new byte[2001]), HttpStatusCode.RequestEntityTooLarge, "request_too_large");
        await RefusedAsync(server, new StreamContent(new Chunked(2001)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } }, HttpStatusCode.RequestEntityTooLarge, "request_too_large");
        Assert.Equal(warmUp, backend.Tokenized);

        await CallerTests.RefusedAsync(server.Client.GetAsync("/v1/nothing"), HttpStatusCode.NotFound, "not_found");
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(Body("still there"))).StatusCode);
    }

    [Fact]
    public async Task A_body_that_does_not_arrive_whole_is_the_clients_fault()
    {
        Assert.Equal((400, "bad_request"), await RefusedAsync(new IOException("The connection was reset.")));
        Assert.Equal((400, "bad_request"), await RefusedAsync(new BadHttpRequestException("Unexpected end of request content.")));
        Assert.Equal((408, "bad_request"), await RefusedAsync(new BadHttpRequestException("Too slow.", 408)));
        Assert.Equal((413, "request_too_large"), await RefusedAsync(new BadHttpRequestException("Too large.", 413)));

        static async Task<(int?, string?)> RefusedAsync(IOException failure)
        {
            var context = new DefaultHttpContext { Request = { ContentType = "application/json", Body = new Broken(failure) } };
            var (_, refusal) = await RequestBody.ReadAsync(context.Request, maxBytes: 100);
            return (refusal?.Status, refusal?.Code);
        }
    }

    [Fact]
    public async Task What_can_not_fit_the_context_is_refused_before_any_work()
    {
        var backend = new FakeBackend { Model = new("fake", 1, 2000, 100, null) };
        await using var server = await StartAsync(backend);
        var batches = backend.Batches.Count;
        var warmUp = backend.Tokenized;

        await CallerTests.RefusedAsync(server.SendAsync(Body("hello", ("max_tokens", 77))), HttpStatusCode.BadRequest, "context_length_exceeded");
        await CallerTests.RefusedAsync(server.SendAsync(Body("hello", ("max_tokens", int.MaxValue))), HttpStatusCode.BadRequest, "context_length_exceeded");
        await CallerTests.RefusedAsync(server.SendAsync(Body(new string('a', 90))), HttpStatusCode.BadRequest, "context_length_exceeded");
        Assert.Equal(warmUp + 2, backend.Tokenized);

        // The longest token of this vocabulary is one byte, and an answer longer than the context fits nowhere: no need to tokenise to know.
        await CallerTests.RefusedAsync(server.SendAsync(Body(new string('a', 100_000))), HttpStatusCode.BadRequest, "context_length_exceeded");
        Assert.Equal(warmUp + 2, backend.Tokenized);
        Assert.Equal(batches, backend.Batches.Count);
        Assert.Equal("stop", (await server.AskAsync(Body("hello", ("max_tokens", 76)))).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    private static (ChatRequest? Request, Refusal? Refusal) Parse(string body) => ChatRequestParser.Parse(Encoding.UTF8.GetBytes(body));

    private static ByteArrayContent Json(byte[] body) => new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private static async Task RefusedAsync(TestModelServer server, HttpContent content, HttpStatusCode status, string code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
        request.Headers.Add(HeaderNames.Grant, Mint(Grant()));
        await CallerTests.RefusedAsync(server.Client.SendAsync(request), status, code);
    }

    /// <summary>A body that breaks off after its first bytes.</summary>
    private sealed class Broken(IOException failure) : MemoryStream(new byte[10])
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position == Length ? throw failure : base.ReadAsync(buffer, cancellationToken);
    }

    /// <summary>A body whose length is not announced.</summary>
    private sealed class Chunked(int length) : MemoryStream(new byte[length])
    {
        public override bool CanSeek => false;
    }
}
