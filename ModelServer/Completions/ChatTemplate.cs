using System.Collections.Concurrent;
using System.Text.Json;
using Zakenak.Engine;
using Zakenak.ModelServer.Templates;

namespace Zakenak.ModelServer.Completions;

/// <summary>
/// Renders a conversation to tokens such that only the template's own literals can be special tokens: those are tokenised with special
/// tokens on, all else with them off. A content that says <c>&lt;|im_end|&gt;</c> stays that text.
/// </summary>
public sealed class ChatTemplate
{
    // Literals of a template are few ("<|im_end|>\n<|im_start|>user\n"); the bound is for a template that would number its turns.
    private const int MaxCachedLiterals = 256;

    private readonly ILlamaBackend _backend;
    private readonly ChatPrompt _prompt;
    private readonly ConcurrentDictionary<string, int[]> _literals = new(StringComparer.Ordinal);

    private ChatTemplate(ILlamaBackend backend, ChatPrompt prompt) => (_backend, _prompt) = (backend, prompt);

    /// <summary>The model's template, or why it can't be used.</summary>
    public static (ChatTemplate? Template, TemplateError? Error) Create(ILlamaBackend backend, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var model = backend.Model;
        var (prompt, error) = ChatPrompt.Create(new ChatTemplateSource(model.ChatTemplate, model.ToolChatTemplate, model.BeginText, model.EndText), time);
        return prompt is null ? (null, error) : (new ChatTemplate(backend, prompt), null);
    }

    /// <summary>The conversation with words of the server's own, where this template takes them.</summary>
    public IReadOnlyList<ChatTurn> With(IReadOnlyList<ChatTurn> turns, string words) => _prompt.With(turns, words);

    /// <summary>Tokens of the conversation with the assistant's turn opened, or why the template gives none.</summary>
    public (int[]? Tokens, TemplateError? Error) Render(IReadOnlyList<ChatTurn> turns, JsonElement? tools = null, JsonElement? arguments = null)
    {
        var (segments, error) = _prompt.Render(turns, tools, arguments);
        if (segments is null)
        {
            return (null, error);
        }

        var tokens = new List<int>();
        foreach (var segment in segments)
        {
            tokens.AddRange(segment.ParseSpecial ? Literal(segment.Text) : _backend.Tokenize(segment.Text, parseSpecial: false));
        }

        if (_backend.Model.BeginOfSequence is { } begin && (tokens.Count == 0 || tokens[0] != begin))
        {
            tokens.Insert(0, begin);
        }

        return ([.. tokens], null);
    }

    private int[] Literal(string text)
    {
        if (_literals.TryGetValue(text, out var known))
        {
            return known;
        }

        var tokens = _backend.Tokenize(text, parseSpecial: true);
        if (_literals.Count < MaxCachedLiterals)
        {
            _literals.TryAdd(text, tokens);
        }

        return tokens;
    }
}
