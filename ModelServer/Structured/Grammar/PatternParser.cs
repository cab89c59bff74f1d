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

    private readonly PatternReader _reader;
    private readonly CharSetParser _sets;
    private readonly GrammarNode _anything;
    private int _depth;

    private PatternParser(string pattern, GrammarNode character)
    {
        _reader = new PatternReader(pattern);
        _sets = new CharSetParser(_reader);
        _anything = GrammarNode.Times(character, 0, null);
    }

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
        if (!parser._reader.IsAtEnd)
        {
            parser._reader.Report("has a ')' too many");
        }

        return parser._reader.Problem is { } problem ? (null, problem) : (text, null);
    }

    private PatternText Alternatives(bool anchored)
    {
        var parts = new List<PatternText>();
        do
        {
            parts.Add(Alternative(anchored));
        }
        while (_reader.Problem is null && _reader.Take('|'));

        return new PatternText(
            GrammarNode.Either(parts.Select(part => part.Content)),
            parts.Min(part => part.MinLength),
            parts.Any(part => part.MaxLength is null) ? null : parts.Max(part => part.MaxLength));
    }

    private PatternText Alternative(bool anchored)
    {
        var open = anchored && !_reader.Take('^');
        var items = new List<GrammarNode> { open ? _anything : GrammarNode.Empty };
        var (min, max) = (0L, open ? null : (long?)0);
        var closed = false;
        while (_reader.Problem is null && !_reader.IsAtEnd && _reader.Next is not ('|' or ')'))
        {
            if (anchored && _reader.Next == '$' && (_reader.EndsAfterNext || _reader.Following == '|'))
            {
                _reader.Skip();
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
        var (min, max) = _reader.Next switch
        {
            '*' => (0, null),
            '+' => (1, null),
            '?' => (0, (int?)1),
            '{' => (-1, null),
            _ => (1, 1),
        };
        if (_reader.Next is '*' or '+' or '?')
        {
            _reader.Skip();
        }
        else if (_reader.Next == '{')
        {
            (min, max) = Bounds();
        }
        else
        {
            return item;
        }

        // A lazy repetition matches the same texts.
        _reader.Take('?');
        if (_reader.Next is '*' or '+' or '{' || max < min || min > MaxTimes || max > MaxTimes)
        {
            _reader.Report($"has a repetition that is wrong or above {MaxTimes}");
        }

        if (item.MinLength == 0 && max != 1)
        {
            _reader.Report("repeats something that may be empty");
        }

        return new PatternText(
            GrammarNode.Times(item.Content, min, max),
            (int)Math.Min((long)min * item.MinLength, int.MaxValue),
            max is { } most && item.MaxLength is { } length ? (int)Math.Min((long)most * length, int.MaxValue) : null);
    }

    private (int Min, int? Max) Bounds()
    {
        var parts = _reader.Within('}')?.Split(',') ?? [];
        if (parts.Length is < 1 or > 2 || !Number(parts[0], out var min))
        {
            _reader.Report("has a '{' that opens no repetition");
            return (1, 1);
        }

        return parts.Length == 1 ? (min, min) : parts[1].Length == 0 ? (min, null) : Number(parts[1], out var max) ? (min, max) : (1, 0);

        static bool Number(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private PatternText Atom()
    {
        switch (_reader.Next)
        {
            case '(':
                return Group();
            case '[':
                _reader.Skip();
                return Of(_sets.Class());
            case '.':
                _reader.Skip();
                return Of(CharSetParser.Dot);
            case '\\':
                return Of(_sets.Escape(inClass: false));
            case '^' or '$':
                _reader.Report("has an anchor that is not at its end");
                return Of(CharSet.All);
            case '*' or '+' or '?' or '{' or '}' or ']':
                _reader.Report($"has a '{_reader.Next}' that stands alone");
                return Of(CharSet.All);
            default:
                return Of(_sets.Single());
        }
    }

    private PatternText Group()
    {
        _reader.Skip();
        if (_reader.Take('?') && !_reader.Take(':'))
        {
            _reader.Report("has a group of a kind that is not supported: only (...) and (?:...) are");
        }

        if (++_depth > MaxDepth)
        {
            _reader.Report($"is nested deeper than {MaxDepth}");
        }

        var inner = _reader.Problem is null ? Alternatives(anchored: false) : Of(CharSet.All);
        _depth--;
        if (!_reader.Take(')'))
        {
            _reader.Report("has a '(' that is not closed");
        }

        return inner;
    }

    private static PatternText Of(CharSet set) => new(JsonText.CharacterOf(set), 1, 1);
}
