using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;

namespace Zakenak.Services.Tests.Gateway.Screening;

public class RequestScreenTests
{
    private static string? CodeOf(string body, out string? param)
    {
        var (_, refusal) = RequestScreen.Read(Encoding.UTF8.GetBytes(body), ApiRoute.Chat, maxDepth: 32);
        param = refusal?.Param;
        return refusal?.Code;
    }

    [Theory]
    [InlineData("", "invalid_json", null)]
    [InlineData("null", "invalid_json", null)]
    [InlineData("[]", "invalid_json", null)]
    [InlineData("\"model\"", "invalid_json", null)]
    [InlineData("{\"model\":\"m\",\"messages\":[]", "invalid_json", null)]
    [InlineData("{\"model\":\"m\",\"messages\":[]}}", "invalid_json", null)]
    [InlineData("{\"model\":\"m\",\"messages\":[]} {}", "invalid_json", null)]
    [InlineData("{\"model\":\"m\",\"messages\":[],}", "invalid_json", null)]
    [InlineData("{\"model\":\"m\",/**/\"messages\":[]}", "invalid_json", null)]
    [InlineData("{\"model\":\"\\ud800\",\"messages\":[]}", "invalid_json", "model")]
    [InlineData("{\"model\":\"m\",\"messages\":[{\"content\":tru}]}", "invalid_json", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"tools\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "invalid_json", "tools")]
    [InlineData("{\"messages\":[]}", "missing_required_parameter", "model")]
    [InlineData("{\"model\":\"m\"}", "missing_required_parameter", "messages")]
    [InlineData("{\"model\":1,\"messages\":[]}", "invalid_type", "model")]
    [InlineData("{\"model\":null,\"messages\":[]}", "invalid_type", "model")]
    [InlineData("{\"model\":\"\",\"messages\":[]}", "invalid_type", "model")]
    [InlineData("{\"model\":\"m\",\"messages\":{}}", "invalid_type", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"stream\":\"true\"}", "invalid_type", "stream")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"stream\":1}", "invalid_type", "stream")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"stream_options\":[]}", "invalid_type", "stream_options")]
    [InlineData("{\"model\":\"m\",\"model\":\"n\",\"messages\":[]}", "duplicate_parameter", "model")]
    [InlineData("{\"model\":\"m\",\"mod\\u0065l\":\"n\",\"messages\":[]}", "duplicate_parameter", "model")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"messages\":[]}", "duplicate_parameter", "messages")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"stream\":true,\"stream\":false}", "duplicate_parameter", "stream")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"user\":null,\"user\":null}", "duplicate_parameter", "user")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"n\":\"1\"}", "invalid_type", "n")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"n\":0}", "invalid_value", "n")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"n\":129}", "invalid_value", "n")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"n\":1.0}", "invalid_value", "n")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"max_tokens\":2147483648}", "invalid_value", "max_tokens")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"max_tokens\":-1}", "invalid_value", "max_tokens")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"temperature\":1e400}", "invalid_value", "temperature")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"temperature\":2.1}", "invalid_value", "temperature")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"temper\\u0061ture\":{}}", "invalid_type", "temperature")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"seed\":9223372036854775808}", "invalid_value", "seed")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"stop\":7}", "invalid_type", "stop")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"tools\":{}}", "invalid_type", "tools")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"top_p\":NaN}", "invalid_json", "top_p")]
    public void What_is_wrong_is_named(string body, string code, string? param)
    {
        Assert.Equal(code, CodeOf(body, out var named));
        Assert.Equal(param, named);
    }

    [Theory]
    [InlineData("{\"model\":\"m\",\"messages\":[]}", "m", false)]
    [InlineData(" {\"messages\":[{\"model\":1,\"stream\":2}],\"x\":{\"model\":[]},\"model\":\"a\\u0062\",\"stream\":true}\n", "ab", true)]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"stream\":null}", "m", false)]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"temperature\":null,\"seed\":-9223372036854775808,\"stop\":[1],\"top_p\":1e0,\"n\":null}", "m", false)]
    public void What_the_gateway_needs_is_read(string body, string model, bool stream)
    {
        var (fields, refusal) = RequestScreen.Read(Encoding.UTF8.GetBytes(body), ApiRoute.Chat, 32);
        Assert.Null(refusal);
        Assert.Equal((model, stream), (fields!.Model, fields.Stream));
    }

    [Theory]
    [InlineData("embeddings", "{\"model\":\"m\",\"input\":\"a\"}", null, null)]
    [InlineData("embeddings", "{\"model\":\"m\",\"input\":[\"a\"],\"stream\":7,\"stream_options\":7,\"messages\":7}", null, null)]
    [InlineData("embeddings", "{\"model\":\"m\"}", "missing_required_parameter", "input")]
    [InlineData("embeddings", "{\"model\":\"m\",\"input\":{}}", "invalid_type", "input")]
    [InlineData("embeddings", "{\"model\":\"m\",\"input\":null}", "invalid_type", "input")]
    [InlineData("embeddings", "{\"model\":\"m\",\"input\":\"a\",\"input\":[]}", "duplicate_parameter", "input")]
    [InlineData("embeddings", "{\"input\":\"a\"}", "missing_required_parameter", "model")]
    [InlineData("tokenize", "{\"model\":\"m\",\"input\":\"a\"}", null, null)]
    [InlineData("tokenize", "{\"model\":\"m\",\"messages\":[]}", null, null)]
    [InlineData("embeddings", "{\"model\":\"m\",\"input\":\"a\",\"dimensions\":0}", "invalid_value", "dimensions")]
    [InlineData("tokenize", "{\"model\":\"m\",\"input\":[]}", "invalid_type", "input")]
    [InlineData("tokenize", "{\"input\":\"a\"}", "missing_required_parameter", "model")]
    [InlineData("tokenize", "{\"model\":\"m\",\"model\":\"n\"}", "duplicate_parameter", "model")]
    public void Each_kind_of_request_is_held_to_what_it_needs(string operation, string body, string? code, string? param)
    {
        var route = ApiRoute.All.Single(route => route.Operation == operation);

        var (fields, refusal) = RequestScreen.Read(Encoding.UTF8.GetBytes(body), route, maxDepth: 32);

        Assert.Equal((code, param), (refusal?.Code, refusal?.Param));
        Assert.Equal(code is null, fields is { Stream: false });
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        var body = Encoding.Latin1.GetBytes("{\"model\":\"m\",\"messages\":[\"\u00ff\"]}");
        var refusal = RequestScreen.Read(body, ApiRoute.Chat, 32).Refusal!;
        Assert.Equal(("invalid_json", "messages"), (refusal.Code, refusal.Param));
    }

    [Fact]
    public void Nesting_is_refused_beyond_its_limit_and_not_before()
    {
        static string Nested(int depth) => "{\"model\":\"m\",\"messages\":" + new string('[', depth) + new string(']', depth) + "}";
        Assert.Null(CodeOf(Nested(31), out _));
        Assert.Equal("invalid_json", CodeOf(Nested(32), out _));
        Assert.Equal("invalid_json", CodeOf(Nested(100_000), out _));
    }

    [Fact]
    public void Any_bytes_get_fields_or_a_refusal_and_never_an_exception() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            // Half of them begin like a request, so that the inner parts are met too.
            foreach (var body in new[] { bytes, [.. "{\"model\":\"m\",\"messages\":["u8, .. bytes], [.. "{\"stream_options\":{"u8, .. bytes] })
            {
                var (fields, refusal) = RequestScreen.Read(body, ApiRoute.Chat, 32);
                Assert.True(fields is null != refusal is null);
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("{\"model\":\"m\",\"messages\":[]}")]
    [InlineData("\t{ \"model\":\"m\",\"messages\":[] }")]
    [InlineData("{\"model\":\"m\",\"stream_options\": null ,\"messages\":[]}")]
    [InlineData("{\"stream_options\":{\"include_usage\":false,\"x\":{\"y\":[1]}},\"model\":\"m\",\"messages\":[]}")]
    [InlineData("{\"model\":\"m\",\"messages\":[],\"stream_options\":{}}")]
    public void A_body_that_usage_is_put_into_stays_the_same_request(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var (fields, _) = RequestScreen.Read(bytes, ApiRoute.Chat, 32);
        var (buffer, length) = UsageRequest.Splice(bytes, fields!);
        var (again, refusal) = RequestScreen.Read(buffer.AsSpan(0, length), ApiRoute.Chat, 32);
        Assert.Null(refusal);
        Assert.True(again!.WantsUsage);
        Assert.Equal("m", again.Model);
    }
}
