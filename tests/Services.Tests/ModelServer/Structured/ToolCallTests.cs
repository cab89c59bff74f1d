using System.Net;
using System.Text.Json;
using Zakenak.Engine;
using Zakenak.Services.Tests.ModelServer.Completions;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Structured;

public class ToolCallTests
{
    private static readonly object[] s_tools =
    [
        Tool("weather", new { type = "object", properties = new { city = new { type = "string" }, days = new { type = "integer", minimum = 1 } }, required = new[] { "city" }, additionalProperties = false }),
        Tool("now", null),
    ];

    // A byte is a token here, and a model that must be told of tools is told in many.
    private static readonly ModelInfo s_roomy = new("fake", 1, 2000, 4096, null);

    private const string Hermes = "{% for t in tools %}<tool_call>{% endfor %}";
    private const string Plain = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls %}[{{ c.function.name }}]{% endfor %}<|im_end|>\n{% endfor %}<|im_start|>assistant\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_may_say_something_and_call_several_tools(bool stream)
    {
        const string Said = "Let me look <tool. <tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Br}\\\"no\", \"days\": 2}}\n</tool_call>\n<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
        await using var server = await StartAsync(new FakeBackend { Model = s_roomy, Template = Plain, Answer = _ => FakeBackend.Bytes(Said) });

        var (content, calls, finish) = await AskAsync(server, Body("hi", ("tools", s_tools), ("stream", stream)));

        Assert.Equal("Let me look <tool. ", content);
        Assert.Equal([("weather", "{\"city\": \"Br}\\\"no\", \"days\": 2}"), ("now", "{}")], calls.Select(call => (call.Name, call.Arguments)));
        Assert.All(calls, call => Assert.Matches("^[A-Za-z0-9]{9}$", call.Id));
        Assert.Equal("tool_calls", finish);
    }

    [Fact]
    public async Task Arguments_are_valid_whatever_the_model_would_have_said()
    {
        var backend = new FakeBackend { Model = s_roomy, Template = Plain, Answer = _ => FakeBackend.Bytes("<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"days\": 0, \"nonsense\": 1}}") };
        await using var server = await StartAsync(backend);

        var (_, calls, finish) = await AskAsync(server, Body("hi", ("tools", s_tools)));

        var call = Assert.Single(calls);
        using var arguments = JsonDocument.Parse(call.Arguments);
        Assert.Equal(JsonValueKind.String, arguments.RootElement.GetProperty("city").ValueKind);
        Assert.Equal("tool_calls", finish);
    }

    [Theory]
    [InlineData("{}", "{}")]
    [InlineData("""{"description":"anything"}""", "{}")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"required":["x"],"properties":{"x":{"const":1}}}}}""", "{\"x\": 1}")]
    public async Task Arguments_are_an_object_also_where_the_schema_does_not_say_so(string parameters, string expected)
    {
        var backend = new FakeBackend { Model = s_roomy, Template = Plain, Answer = _ => FakeBackend.Bytes("<tool_call>\n{\"name\": \"f\", \"arguments\": " + expected + "}\n</tool_call>") };
        await using var server = await StartAsync(backend);
        var tools = new[] { Tool("f", JsonDocument.Parse(parameters).RootElement) };

        var (_, calls, finish) = await AskAsync(server, Body("hi", ("tools", tools)));
        backend.Answer = _ => FakeBackend.Bytes("<tool_call>\n{\"name\": \"f\", \"arguments\": \"text\"}\n</tool_call>");
        var (_, forced, _) = await AskAsync(server, Body("hi", ("tools", tools)));

        Assert.Equal((expected, "tool_calls"), (Assert.Single(calls).Arguments, finish));
        Assert.Equal('{', Assert.Single(forced).Arguments[0]);
    }

    [Fact]
    public async Task Arguments_that_can_be_no_object_are_refused()
    {
        await using var server = await StartAsync(new FakeBackend { Model = s_roomy, Template = Plain });
        var tools = new[] { Tool("f", new { @enum = new[] { "a" } }) };

        await CallerTests.RefusedAsync(server.SendAsync(Body("hi", ("tools", tools))), HttpStatusCode.BadRequest, "unsupported_parameter");
    }

    [Theory]
    [InlineData("required", null)]
    [InlineData(null, "now")]
    public async Task A_call_that_must_come_comes(string? choice, string? name)
    {
        await using var server = await StartAsync(new FakeBackend { Model = s_roomy, Template = Plain, Answer = _ => FakeBackend.Bytes("No, I would rather chat.") });
        object given = choice ?? (object)new { type = "function", function = new { name } };

        var (content, calls, finish) = await AskAsync(server, Body("hi", ("tools", s_tools), ("tool_choice", given), ("stream", true), ("parallel_tool_calls", false)));

        Assert.Equal(string.Empty, content);
        Assert.Equal(name ?? calls[0].Name, Assert.Single(calls).Name);
        Assert.Equal("tool_calls", finish);
    }

    [Fact]
    public async Task Without_leave_or_need_the_answer_is_text()
    {
        await using var server = await StartAsync(new FakeBackend { Model = s_roomy, Template = Plain, Answer = _ => FakeBackend.Bytes("<tool_call> is a tag.") });

        var (none, noCalls, finish) = await AskAsync(server, Body("hi", ("tools", s_tools), ("tool_choice", "none")));

        Assert.Equal(("<tool_call> is a tag.", 0, "stop"), (none, noCalls.Count, finish));
    }

    [Fact]
    public async Task A_call_that_was_cut_says_length()
    {
        await using var server = await StartAsync(new FakeBackend { Model = s_roomy, Template = Plain, Answer = _ => FakeBackend.Bytes("<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Brno\"}}") });

        var (_, calls, finish) = await AskAsync(server, Body("hi", ("tools", s_tools), ("max_tokens", 54)));

        Assert.Equal("{\"city\"", Assert.Single(calls).Arguments[..7]);
        Assert.Equal("length", finish);
    }

    [Fact]
    public async Task A_tools_answer_goes_back_into_the_conversation_with_its_call()
    {
        string? seen = null;
        var backend = new FakeBackend { Model = s_roomy, Template = Plain };
        backend.Answer = prompt =>
        {
            seen = prompt;
            return FakeBackend.Bytes("done");
        };
        await using var server = await StartAsync(backend);

        await server.AskAsync(new
        {
            model = "guide",
            messages = new object[]
            {
                new { role = "user", content = "hi" },
                new { role = "assistant", content = (string?)null, tool_calls = new[] { new { id = "c1", type = "function", function = new { name = "now", arguments = "{}" } } } },
                new { role = "tool", tool_call_id = "c1", content = "noon" },
            },
        });

        Assert.Contains("[now]", seen, StringComparison.Ordinal);
        Assert.Contains("tool\nnoon", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{% if tools %}<|channel|>Write calls as functions.NAME: {{ tools | tojson }}{% endif %}")]
    public async Task A_model_whose_template_knows_no_tools_or_another_way_to_call_them_is_told_of_them(string ownWay)
    {
        string? seen = null;
        var backend = new FakeBackend { Model = s_roomy, Template = ownWay + Plain.Replace("{% for c in m.tool_calls %}[{{ c.function.name }}]{% endfor %}", string.Empty, StringComparison.Ordinal) };
        backend.Answer = prompt =>
        {
            seen = prompt;
            return FakeBackend.Bytes("done");
        };
        await using var server = await StartAsync(backend);

        await server.AskAsync(Body("hi", ("tools", s_tools)));

        Assert.Contains("\"name\":\"weather\"", seen, StringComparison.Ordinal);
        Assert.Contains("<tool_call>", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("<|channel|>", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Hermes, "<tool_call>")]
    [InlineData("{% for t in tools %}[TOOL_CALLS]{% endfor %}", "[TOOL_CALLS]")]
    [InlineData("<|start_header_id|>{{ '\"parameters\": ' }}", "")]
    [InlineData("{{ messages }}", "<tool_call>")]
    public void The_format_is_the_templates_own(string template, string opener) => Assert.Equal(
        opener, Zakenak.ModelServer.Structured.Tools.ToolFormat.Of(new ModelInfo("m", 1, 1, 1, null) { ChatTemplate = template }).Opener);

    [Theory]
    [InlineData("[TOOL_CALLS][{\"name\": \"weather\", \"arguments\": {\"city\": \"x\"}}, {\"name\": \"now\", \"arguments\": {}}]", "{# [TOOL_CALLS] #}", 2)]
    [InlineData("{\"name\": \"weather\", \"parameters\": {\"city\": \"x\"}}", "{# <|start_header_id|> \"parameters\":  #}", 1)]
    [InlineData("Just text {\"name\": \"weather\"", "{# <|start_header_id|> \"parameters\":  #}", 0)]
    public async Task Other_families_write_calls_in_their_own_way(string said, string mark, int count)
    {
        await using var server = await StartAsync(new FakeBackend { Model = s_roomy, Template = mark + Plain, Answer = _ => FakeBackend.Bytes(said) });

        var (content, calls, finish) = await AskAsync(server, Body("hi", ("tools", s_tools), ("stream", true)));

        Assert.Equal(count, calls.Count);
        Assert.Equal(count > 0 ? "tool_calls" : "stop", finish);
        Assert.Equal(count > 0 ? string.Empty : said, content);
    }

    private static object Tool(string name, object? parameters) => new { type = "function", function = new { name, description = "d", parameters } };

    private static async Task<(string? Content, List<(string Id, string Name, string Arguments)> Calls, string? Finish)> AskAsync(TestModelServer server, Dictionary<string, object?> body)
    {
        var calls = new List<(string Id, string Name, string Arguments)>();
        if ((bool?)body.GetValueOrDefault("stream") != true)
        {
            var choice = (await server.AskAsync(body)).GetProperty("choices")[0];
            var message = choice.GetProperty("message");
            if (message.TryGetProperty("tool_calls", out var made))
            {
                calls.AddRange(made.EnumerateArray().Select(call => (call.GetProperty("id").GetString()!, call.GetProperty("function").GetProperty("name").GetString()!, call.GetProperty("function").GetProperty("arguments").GetString()!)));
            }

            return (message.GetProperty("content").GetString(), calls, choice.GetProperty("finish_reason").GetString());
        }

        var events = await server.StreamAsync(body);
        string? finish = null;
        foreach (var choice in events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement.GetProperty("choices")[0]))
        {
            finish = choice.GetProperty("finish_reason").GetString() ?? finish;
            if (!choice.GetProperty("delta").TryGetProperty("tool_calls", out var deltas))
            {
                continue;
            }

            var (delta, function) = (deltas[0], deltas[0].GetProperty("function"));
            if (delta.TryGetProperty("id", out var id))
            {
                Assert.Equal(calls.Count, delta.GetProperty("index").GetInt32());
                calls.Add((id.GetString()!, function.GetProperty("name").GetString()!, string.Empty));
            }

            var at = delta.GetProperty("index").GetInt32();
            calls[at] = (calls[at].Id, calls[at].Name, calls[at].Arguments + function.GetProperty("arguments").GetString());
        }

        return (TextOf(events), calls, finish);
    }
}
