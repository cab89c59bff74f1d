using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

public class RequestLineTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("overloaded", 1.25, 7)]
    public void A_line_that_is_written_straight_says_what_its_values_and_its_text_say(string? code, double? ttft, int? tokens)
    {
        var request = new InferenceRequest("req_1", api: null, startedAt: 0) { Code = code };
        request.TakeUsage(tokens is { } some ? new TokenUsage(some, 2 * some) : null);
        AssertSame(new RequestLine(request, 200, 12.345, ttft));
    }

    [Fact]
    public void A_name_that_is_too_long_to_be_written_straight_is_written_whole() =>
        AssertSame(new RequestLine(new InferenceRequest("req_" + new string('x', 2000) + "\"ü\"", api: null, startedAt: 0), 404, 1, null));

    private static void AssertSame(RequestLine line)
    {
        Assert.DoesNotContain("error", line.ToString());
        Assert.Equal(Write(line.ToString(), line.ToArray()), Write(null, line));
    }

    /// <summary>State as a plain list is written value by value.</summary>
    private static string Write(string? message, object state) => JsonNode.Parse(Encoding.UTF8.GetString(new JsonLogLine().Write(
        DateTimeOffset.UnixEpoch, "category", LogLevel.Information, default, message, state, null, new LoggerExternalScopeProvider())))!.ToJsonString();
}
