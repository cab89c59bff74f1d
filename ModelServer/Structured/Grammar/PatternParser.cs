using System.Globalization;

namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>
/// Reads the regular part of ECMAScript's regular expressions: characters, classes, groups, alternatives, repetitions, and anchors at the
/// ends. Look-around, back references and word boundaries are refused. Classes are kept within the basic multilingual plane: beyond it
/// readers differ on what one character is.
/// </summary>
public sealed class PatternParser
{
    private const int MaxPatternLength = 1000;
    private const int MaxDepth = 16;
    private const int MaxTimes = 2000;

    private static readonly CharSet s_plane = CharSet.All.Intersect(CharSet.Of((0, 0xFFFF)));
    private static readonly CharSet s_digits = CharSet.Of(('0', '9'));
    private static readonly CharSet s_words = CharSet.Of(('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_'));
    private static readonly CharSet s_spaces = CharSet.Of((9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF));
    private static readonly CharSet s_lineEnds = CharSet.Of((10, 10), (13, 13), (0x2028, 0x2029));

    private readonly string _pattern;
    private readonly GrammarNode _anything;
    private int _at;
    private int _depth;
    private string? _problem;

    private PatternParser(string pattern, GrammarNode character) => (_pattern, _anything) = (pattern, GrammarNode.Times(character, 0, null));

    private char Next => _at < _pattern.Length ? _pattern[_at] : '\0';

    /// <summary>What the pattern matches, or what in it can't be expressed.</summary>
    /// <param name="pattern">An ECMAScript pattern.</param>
    /// <param name="character">Any character of a string: what may stand where the pattern has no anchor.</param>
    public static (PatternText? Text, string? Problem) Parse(string pattern, GrammarNode character)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        if (pattern.Length > MaxPatternLength)
        {
            return (null, $"is longer than {MaxPatternLength} characters");
        }

        var parser = new PatternParser(pattern, character);
        var text = parser.Alternatives(anchored: true);
        if (parser._at < pattern.Length)
        {
            parser.Problem("has a ')' too many");
        }

        return parser._problem is { } problem ? (null, problem) : (text, null);
    }

    private PatternText Alternatives(bool anchored)
    {
        var parts = new List<PatternText>();
        do
        {
            parts.Add(Alternative(anchored));
        }
        while (_problem is null && Take('|'));

        return new PatternText(
            GrammarNode.Either(parts.Select(part => part.Content)),
            parts.Min(part => part.MinLength),
            parts.Any(part => part.MaxLength is null) ? null : parts.Max(part => part.MaxLength));
    }

    private PatternText Alternative(bool anchored)
    {
        var open = anchored && !Take('^');
        var items = new List<GrammarNode> { open ? _anything : GrammarNode.Empty };
        var (min, max) = (0L, open ? null : (long?)0);
        var closed = false;
        while (_problem is null && _at < _pattern.Length && Next is not ('|' or ')'))
        {
            if (anchored && Next == '$' && (_at + 1 == _pattern.Length || _pattern[_at + 1] == '|'))
            {
                _at++;
                closed = true;
                break;
            }

            var item = Quantified();
            items.Add(item.Content);
            (min, max) = (min + item.MinLength, max + item.MaxLength);
        }

        if (anchored && !closed)
        {
            items.Add(_anything);
            max = null;
        }

        return new PatternText(GrammarNode.Then(items), (int)Math.Min(min, int.MaxValue), max is { } most ? (int)Math.Min(most, int.MaxValue) : null);
    }

    private PatternText Quantified()
    {
        var item = Atom();
        var (min, max) = Next switch
        {
            '*' => (0, null),
            '+' => (1, null),
            '?' => (0, (int?)1),
            '{' => (-1, null),
            _ => (1, 1),
        };
        if (Next is '*' or '+' or '?')
        {
            _at++;
        }
        else if (Next == '{')
        {
            (min, max) = Bounds();
        }
        else
        {
            return item;
        }

        // A lazy repetition matches the same texts.
        Take('?');
        if (Next is '*' or '+' or '{' || max < min || min > MaxTimes || max > MaxTimes)
        {
            Problem($"has a repetition that is wrong or above {MaxTimes}");
        }

        if (item.MinLength == 0 && max != 1)
        {
            Problem("repeats something that may be empty");
        }

        return new PatternText(
            GrammarNode.Times(item.Content, min, max),
            (int)Math.Min((long)min * item.MinLength, int.MaxValue),
            max is { } most && item.MaxLength is { } length ? (int)Math.Min((long)most * length, int.MaxValue) : null);
    }

    private (int Min, int? Max) Bounds()
    {
        var end = _pattern.IndexOf('}', _at);
        var parts = end < 0 ? [] : _pattern[(_at + 1)..end].Split(',');
        _at = end < 0 ? _pattern.Length : end + 1;
        if (parts.Length is < 1 or > 2 || !Number(parts[0], out var min))
        {
            Problem("has a '{' that opens no repetition");
            return (1, 1);
        }

        return parts.Length == 1 ? (min, min) : parts[1].Length == 0 ? (min, null) : Number(parts[1], out var max) ? (min, max) : (1, 0);

        static bool Number(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private PatternText Atom()
    {
        switch (Next)
        {
            case '(':
                return Group();
            case '[':
                _at++;
                return Of(Class());
            case '.':
                _at++;
                return Of(s_plane.Except(s_lineEnds));
            case '\\':
                return Of(Escape(inClass: false));
            case '^' or '$':
                Problem("has an anchor that is not at its end");
                return Of(CharSet.All);
            case '*' or '+' or '?' or '{' or '}' or ']':
                Problem($"has a '{Next}' that stands alone");
                return Of(CharSet.All);
            default:
                return Of(Single());
        }
    }

    private PatternText Group()
    {
        _at++;
        if (Take('?') && !Take(':'))
        {
            Problem("has a group of a kind that is not supported: only (...) and (?:...) are");
        }

        if (++_depth > MaxDepth)
        {
            Problem($"is nested deeper than {MaxDepth}");
        }

        var inner = _problem is null ? Alternatives(anchored: false) : Of(CharSet.All);
        _depth--;
        if (!Take(')'))
        {
            Problem("has a '(' that is not closed");
        }

        return inner;
    }

    private CharSet Class()
    {
        var negated = Take('^');
        var set = CharSet.Of();
        while (_problem is null && Next != ']')
        {
            if (_at >= _pattern.Length)
            {
                Problem("has a '[' that is not closed");
                break;
            }

            var part = Next == '\\' ? Escape(inClass: true) : Single();
            if (Next == '-' && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
            {
                _at++;
                var end = Next == '\\' ? Escape(inClass: true) : Single();
                if (!IsOne(part) || !IsOne(end) || end.Ranges[0].From < part.Ranges[0].From)
                {
                    Problem("has a range that is none");
                    break;
                }

                part = CharSet.Of((part.Ranges[0].From, end.Ranges[0].To));
            }

            set = set.Union(part);
        }

        Take(']');
        set = negated ? s_plane.Except(set) : set.Intersect(CharSet.All);
        if (set.IsEmpty)
        {
            Problem("has a class that nothing is in");
        }

        return set;

        static bool IsOne(CharSet candidate) => candidate.Ranges.Count == 1 && candidate.Ranges[0].From == candidate.Ranges[0].To;
    }

    private CharSet Escape(bool inClass)
    {
        _at++;
        var letter = Next;
        _at++;
        switch (letter)
        {
            case 'd': return s_digits;
            case 'w': return s_words;
            case 's': return s_spaces;
            case 'D' when !inClass: return s_plane.Except(s_digits);
            case 'W' when !inClass: return s_plane.Except(s_words);
            case 'S' when !inClass: return s_plane.Except(s_spaces);
            case 't': return CharSet.Of("\t");
            case 'n': return CharSet.Of("\n");
            case 'r': return CharSet.Of("\r");
            case 'f': return CharSet.Of("\f");
            case 'v': return CharSet.Of("\v");
            case 'x': return Hex(2);
            case 'u': return Hex(4);
            default:
                if (char.IsAsciiLetterOrDigit(letter) || letter is '\0' or > '~' || (letter == '-' && !inClass))
                {
                    Problem("has an escape that is not supported");
                    return CharSet.All;
                }

                return CharSet.Of((letter, letter));
        }
    }

    private CharSet Hex(int length)
    {
        if (_at + length <= _pattern.Length && int.TryParse(_pattern.AsSpan(_at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && s_plane.Contains(value))
        {
            _at += length;
            return CharSet.Of((value, value));
        }

        Problem("has an escape that is no character");
        return CharSet.All;
    }

    private CharSet Single()
    {
        var character = _pattern[_at++];
        if (!s_plane.Contains(character))
        {
            Problem("has a character beyond the basic multilingual plane");
            return CharSet.All;
        }

        return CharSet.Of((character, character));
    }

    private static PatternText Of(CharSet set) => new(JsonText.CharacterOf(set), 1, 1);

    private bool Take(char expected)
    {
        if (Next != expected || _at >= _pattern.Length)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Problem(string problem) => _problem ??= problem;
}
