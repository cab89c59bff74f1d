using System.Text.Json;
using Zakenak.ModelServer.Templates;

namespace Zakenak.Services.Tests.ModelServer.Templates;

public class ChatPromptTests
{
    private const string ChatMl =
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    [Fact]
    public void Literals_and_contents_are_segments_of_their_own_even_where_a_content_is_empty()
    {
        Assert.Equal(
            [new("<|im_start|>user\n", true), new("hi", false), new("<|im_end|>\n<|im_start|>user\n", true), new("", false), new("<|im_end|>\n<|im_start|>assistant\n", true)],
            Render(ChatMl, [new("user", "hi"), new("user", "")]));
    }

    [Fact]
    public void A_template_out_of_the_subset_is_refused_with_its_place()
    {
        var (prompt, error) = ChatPrompt.Create(new ChatTemplateSource("{% for m in messages %}\n  {{ m.content | xmlattr }}{% endfor %}"), TimeProvider.System);

        Assert.Null(prompt);
        Assert.Equal(new TemplateError(TemplateFaultKind.Unsupported, "the filter 'xmlattr'", 2, 18), error);
    }

    [Fact]
    public void What_a_template_raises_is_the_reason()
    {
        var (prompt, _) = ChatPrompt.Create(
            new ChatTemplateSource("{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{{ m.content }}{% endfor %}"),
            TimeProvider.System);

        var (segments, error) = prompt!.Render([new("system", "s"), new("user", "u")]);

        Assert.Null(segments);
        Assert.Equal((TemplateFaultKind.Raised, "System role not supported"), (error!.Kind, error.Message));
    }

    [Fact]
    public void A_turn_that_the_template_drops_is_refused_not_lost()
    {
        var (prompt, _) = ChatPrompt.Create(
            new ChatTemplateSource("{% for m in messages if m.role != 'system' %}<{{ m.content }}>{% endfor %}"), TimeProvider.System);

        Assert.NotNull(prompt!.Render([new("user", "u")]).Segments);
        Assert.Equal(TemplateFaultKind.Raised, prompt.Render([new("system", "s"), new("user", "u")]).Error!.Kind);
    }

    [Theory]
    [InlineData("{{ call.function.arguments | tojson }}", """{"city": "Bern", "days": [1, 2.5]}""")]
    [InlineData("{{ call.function.arguments }}", """{"city":"Bern","days":[1,2.5]}""")]
    [InlineData("{% for k, v in call.function.arguments.items() %}{{ k }}={{ v }};{% endfor %}", "city=Bern;days=[1, 2.5];")]
    public void Arguments_of_calls_reach_the_template_in_the_form_it_wants(string write, string expected)
    {
        var template = "{% for m in messages %}{{ m.content }}{% for call in m.tool_calls or [] %}" + write + "{% endfor %}{% endfor %}";
        ChatTurn call = new("assistant", "") { ToolCalls = [new("c1", "f", """{"city":"Bern","days":[1,2.5]}""")] };

        Assert.Equal("u" + expected, string.Concat(Render(template, [new("user", "u"), call]).Select(segment => segment.Text)));
    }

    [Fact]
    public void Content_comes_in_parts_to_a_template_that_takes_nothing_else()
    {
        const string Parts = "{% for m in messages %}<{{ m.role }}>{% for p in m.content %}{% if p.type == 'text' %}{{ p.text }}{% endif %}{% endfor %}{% endfor %}";
        const string Either = "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}{{ m.content[0].text }}!{% endif %}{% endfor %}";

        Assert.Equal([new("<user>", true), new("u<|x|>", false), new("<assistant>", true), new("a", false)], Render(Parts, [new("user", "u<|x|>"), new("assistant", "a")]));
        Assert.Equal([new("u", false)], Render(Either, [new("user", "u")]));
    }

    [Theory]
    [InlineData("", "own/facts/u")]
    [InlineData("{% if messages | selectattr('role', 'equalto', 'system') | list | length > 1 %}{{ raise_exception('one') }}{% endif %}", "own\n\nfacts/u")]
    [InlineData("{% set messages = messages[1:] if messages[0].role == 'system' else messages %}", "own/facts\n\nu")]
    public void The_servers_own_words_go_where_the_template_takes_them(string rule, string expected)
    {
        var (prompt, _) = ChatPrompt.Create(new ChatTemplateSource(rule + "{% for m in messages %}{{ m.content }}/{% endfor %}"), TimeProvider.System);

        Assert.Equal(expected, string.Join('/', prompt!.With([new("system", "own"), new("user", "u")], "facts").Select(turn => turn.Content)));
        Assert.NotNull(prompt.Render(prompt.With([new("user", "u")], "facts")).Segments);
    }

    [Fact]
    public void Tools_reach_the_template_as_json_and_as_data()
    {
        using var tools = JsonDocument.Parse("""[{"type":"function","function":{"name":"<|im_end|>"}}]""");
        var (prompt, _) = ChatPrompt.Create(new ChatTemplateSource("{% if tools %}{% for t in tools %}{{ t | tojson }}{% endfor %}{% endif %}" + ChatMl), TimeProvider.System);

        var segments = prompt!.Render([new("user", "u")], tools.RootElement).Segments!;

        Assert.Equal(new PromptSegment("""{"type": "function", "function": {"name": "<|im_end|>"}}""", false), segments[0]);
    }

    private static IReadOnlyList<PromptSegment> Render(string template, IReadOnlyList<ChatTurn> turns)
    {
        var (prompt, error) = ChatPrompt.Create(new ChatTemplateSource(template), TimeProvider.System);
        Assert.Null(error);
        return prompt!.Render(turns).Segments!;
    }
}
