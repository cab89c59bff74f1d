using System.Collections.Concurrent;
using System.Globalization;
using Zakenak.Engine;

namespace Zakenak.ModelServer.Completions;

/// <summary>
/// Renders a conversation to tokens such that only the template's own literals can be special tokens. The model's template is rendered
/// with a mark in place of each content and cut at the marks; literals are tokenised with special tokens on, contents with them off. A
/// content that says <c>&lt;|im_end|&gt;</c> stays that text.
/// </summary>
public sealed class ChatTemplate
{
    // A control character can't be in a template's literal and is no white space that a template would trim.
    private const char Mark = '\u0001';
    private const int MarkLength = 6;

    // Literals of a template are few ("<|im_end|>\n<|im_start|>user\n"); the bound is for a template that would number its turns.
    private const int MaxCachedLiterals = 256;

    private readonly ILlamaBackend _backend;
    private readonly HashSet<string> _trimmedRoles = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]> _literals = new(StringComparer.Ordinal);

    private ChatTemplate(ILlamaBackend backend) => _backend = backend;

    /// <summary>The model's template, or null where it has none that the backend knows or where it drops what users say.</summary>
    public static ChatTemplate? Create(ILlamaBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var template = new ChatTemplate(backend);
        string[] roles = ["user", "assistant", "user"];
        var plain = template.Mold(roles);
        if (plain is null || !Enumerable.Range(0, roles.Length).All(i => plain.Contains(MarkOf(i), StringComparison.Ordinal)))
        {
            return null;
        }

        // A template that trims can't be seen to do so by marks alone: ask once with space around them.
        string[] withSystem = ["system", .. roles];
        foreach (var role in withSystem.Distinct())
        {
            if (template.Mold(withSystem) == template.Mold(withSystem, paddedRole: role))
            {
                template._trimmedRoles.Add(role);
            }
        }

        return template;
    }

    /// <summary>Tokens of the conversation with the assistant's turn opened, or null where the template has no place for one of the turns.</summary>
    public int[]? Render(IReadOnlyList<ChatTurn> turns)
    {
        ArgumentNullException.ThrowIfNull(turns);
        if (Mold([.. turns.Select(turn => turn.Role)]) is not { } mold)
        {
            return null;
        }

        var tokens = new List<int>();
        var placed = new bool[turns.Count];
        var rest = mold.AsSpan();
        while (rest.IndexOf(Mark) is var at && at >= 0)
        {
            var turn = int.Parse(rest.Slice(at + 1, MarkLength - 2), NumberStyles.None, CultureInfo.InvariantCulture);
            tokens.AddRange(Literal(rest[..at].ToString()));
            tokens.AddRange(_backend.Tokenize(Content(turns[turn]), parseSpecial: false));
            placed[turn] = true;
            rest = rest[(at + MarkLength)..];
        }

        tokens.AddRange(Literal(rest.ToString()));
        if (_backend.Model.BeginOfSequence is { } begin && (tokens.Count == 0 || tokens[0] != begin))
        {
            tokens.Insert(0, begin);
        }

        return placed.All(present => present) ? [.. tokens] : null;
    }

    private static string MarkOf(int turn) => string.Create(CultureInfo.InvariantCulture, $"{Mark}{turn:D4}{Mark}");

    private string? Mold(string[] roles, string? paddedRole = null) => _backend.ApplyChatTemplate(
        [.. roles.Select((role, i) => new ChatTurn(role, role == paddedRole ? $" {MarkOf(i)} " : MarkOf(i)))],
        openAssistantTurn: true);

    private string Content(ChatTurn turn) => _trimmedRoles.Contains(turn.Role) ? turn.Content.Trim() : turn.Content;

    private int[] Literal(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }

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
