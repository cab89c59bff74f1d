using System.Text.Json;
using Zakenak.ModelServer.Templates.Jinja;

namespace Zakenak.ModelServer.Templates;

/// <summary>
/// Renders conversations by a model's own chat template, to segments that tell the template's words from everybody else's. Nothing that a
/// client, a tool or a feature wrote is ever in a segment where special tokens are recognised.
/// </summary>
public sealed class ChatPrompt
{
    private const string Needle = "zakenak_needle";

    private readonly JinjaTemplate _template;
    private readonly JinjaTemplate _toolTemplate;
    private readonly ChatTemplateSource _source;
    private readonly MessageForm _form;
    private readonly SystemWords _systemWords;
    private readonly Value _noTools;

    private ChatPrompt(JinjaTemplate template, JinjaTemplate toolTemplate, ChatTemplateSource source)
    {
        (_template, _toolTemplate, _source) = (template, toolTemplate, source);

        // transformers passes None, llama.cpp nothing: there are templates for either alone.
        _noTools = NoneValue.Instance;
        ChatTurn[] user = [new("user", Needle)];
        if (!Shows(MessageForm.Plain, user) && !Shows(MessageForm.ContentInParts, user))
        {
            _noTools = new UndefinedValue("tools");
        }

        _form = !Shows(MessageForm.Plain, user) && Shows(MessageForm.ContentInParts, user) ? MessageForm.ContentInParts : MessageForm.Plain;
        _form |= !ShowsArguments(_form) && ShowsArguments(_form | MessageForm.ArgumentsAsObjects) ? MessageForm.ArgumentsAsObjects : MessageForm.Plain;
        ChatTurn[] system = [new("system", Needle + "1"), new("system", Needle + "2")];
        _systemWords = !Shows(_form, [system[0], .. user]) ? SystemWords.WithUser : !Shows(_form, [.. system, .. user]) ? SystemWords.Joined : SystemWords.Apart;
    }

    /// <summary>The template, or why it can't be used: it is out of the subset, or it doesn't put in what users say.</summary>
    public static (ChatPrompt? Prompt, TemplateError? Error) Create(ChatTemplateSource source, TimeProvider time, TemplateLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        limits ??= new TemplateLimits();
        var (template, error) = JinjaTemplate.Parse(source.Template ?? string.Empty, limits, time);
        if (template is null)
        {
            return (null, error);
        }

        var toolTemplate = template;
        if (source.ToolTemplate is not null)
        {
            (toolTemplate, error) = JinjaTemplate.Parse(source.ToolTemplate, limits, time);
            if (toolTemplate is null)
            {
                return (null, error! with { Message = "tool_use: " + error.Message });
            }
        }

        var prompt = new ChatPrompt(template, toolTemplate, source);
        foreach (var turns in (ReadOnlySpan<ChatTurn[]>)[[new("user", "a1")], [new("user", "a1"), new("assistant", "b2"), new("user", "c3")]])
        {
            if (prompt.Render(turns).Error is { } problem)
            {
                return (null, problem);
            }
        }

        return (prompt, null);
    }

    /// <summary>The prompt in segments, or why there is none. A turn of the system or a user that the template leaves out is a reason.</summary>
    /// <param name="turns">The conversation.</param>
    /// <param name="tools">OpenAI's <c>tools</c>, an array; null for none.</param>
    /// <param name="arguments">More variables, an object; null for none.</param>
    /// <param name="openAssistantTurn">Whether the prompt ends where the assistant is to go on.</param>
    public (IReadOnlyList<PromptSegment>? Segments, TemplateError? Error) Render(
        IReadOnlyList<ChatTurn> turns, JsonElement? tools = null, JsonElement? arguments = null, bool openAssistantTurn = true)
    {
        ArgumentNullException.ThrowIfNull(turns);
        var (text, error) = Render(turns, tools, openAssistantTurn, _form, arguments);
        return text is null ? (null, error)
            : Dropped(turns, text) is { } dropped ? (null, new TemplateError(TemplateFaultKind.Raised, $"the template has no place for messages[{dropped}]", 1, 1))
            : (Segments(text), null);
    }

    /// <summary>The conversation with words of the server's own, where this template takes them.</summary>
    public IReadOnlyList<ChatTurn> With(IReadOnlyList<ChatTurn> turns, string words)
    {
        ArgumentNullException.ThrowIfNull(turns);
        var own = turns.TakeWhile(turn => turn.Role == "system").Count();
        var user = turns.Select(turn => turn.Role).ToList().IndexOf("user");
        return _systemWords switch
        {
            SystemWords.Joined when own > 0 => Replaced(own - 1, turns[own - 1].Content + "\n\n" + words),
            SystemWords.WithUser when user >= 0 => Replaced(user, words + "\n\n" + turns[user].Content),
            _ => [.. turns.Take(own), new ChatTurn("system", words), .. turns.Skip(own)],
        };

        IReadOnlyList<ChatTurn> Replaced(int at, string content) => [.. turns.Take(at), turns[at] with { Content = content }, .. turns.Skip(at + 1)];
    }

    private (Text? Text, TemplateError? Error) Render(IReadOnlyList<ChatTurn> turns, JsonElement? tools, bool openAssistantTurn, MessageForm form, JsonElement? arguments = null)
    {
        var hasTools = tools is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() > 0;
        try
        {
            return (hasTools ? _toolTemplate : _template).Render(
            [
                ("messages", PromptValues.Messages(turns, form)),
                ("tools", hasTools ? PromptValues.Json(tools!.Value) : _noTools),
                ("documents", NoneValue.Instance),
                ("add_generation_prompt", BoolValue.Of(openAssistantTurn)),
                ("bos_token", TextValue.Literal(_source.BeginToken)),
                ("eos_token", TextValue.Literal(_source.EndToken)),
                .. arguments?.EnumerateObject().Select(argument => (argument.Name, PromptValues.Json(argument.Value))) ?? [],
            ]);
        }
        catch (TemplateFault fault)
        {
            // Tools or arguments that nest too deep to be a value at all.
            return (null, new TemplateError(fault.Kind, fault.Message, 1, 1));
        }
    }

    private static List<PromptSegment> Segments(Text text)
    {
        var segments = new List<PromptSegment>();
        var start = 0;
        var from = 0;
        for (var i = 0; i < text.Runs.Count; i++)
        {
            from += text.Runs[i].Length;
            if (i + 1 == text.Runs.Count || text.Runs[i + 1].IsData != text.Runs[i].IsData)
            {
                segments.Add(new PromptSegment(text.Value[start..from], !text.Runs[i].IsData));
                start = from;
            }
        }

        return segments;
    }

    private static int? Dropped(IReadOnlyList<ChatTurn> turns, Text text)
    {
        var placed = text.Runs.Select(run => run.Source).ToHashSet();
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i].Role is "system" or "user" && !placed.Contains(PromptValues.SourceOf(i))
                && turns[i].Content.Trim() is { Length: > 0 } content && !text.Value.Contains(content, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return null;
    }

    private bool Shows(MessageForm form, ChatTurn[] turns) =>
        Render(turns, null, openAssistantTurn: true, form).Text is { } text && Dropped(turns, text) is null;

    // Published templates differ in whether they write arguments as they come or make JSON of them: ask this one, both ways.
    private bool ShowsArguments(MessageForm form)
    {
        var asObjects = form.HasFlag(MessageForm.ArgumentsAsObjects);
        using var tools = JsonDocument.Parse("""[{"type":"function","function":{"name":"f","description":"f","parameters":{"type":"object","properties":{}}}}]""");
        ChatTurn[] turns =
        [
            new("user", "u"),
            new("assistant", string.Empty) { ToolCalls = [new ChatToolCall("abcdefghi", "f", $$"""{ "{{Needle}}": "v" }""")] },
        ];
        var (text, _) = Render(turns, tools.RootElement, openAssistantTurn: false, form);
        return text is not null && text.Value.Contains(asObjects ? Needle : $"{{ \"{Needle}\":", StringComparison.Ordinal)
            && !(asObjects && text.Value.Contains($"'{Needle}'", StringComparison.Ordinal));
    }
}
