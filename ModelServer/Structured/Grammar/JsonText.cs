using System.Globalization;

namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>The parts of JSON that every schema is made of, as this server lets a model write them.</summary>
public sealed class JsonText(GrammarRules rules)
{
    /// <summary>What stands in a JSON string as it is.</summary>
    public static CharSet Plain { get; } = CharSet.All.Except(CharSet.Of((0, 0x1F), ('"', '"'), ('\\', '\\'), (0x7F, 0x7F)));

    private static readonly (char Character, string Escape)[] s_escapes =
        [('"', "\\\""), ('\\', "\\\\"), ('\b', "\\b"), ('\f', "\\f"), ('\n', "\\n"), ('\r', "\\r"), ('\t', "\\t")];

    private GrammarNode.Rule? _space;
    private GrammarNode.Rule? _character;
    private GrammarNode.Rule? _string;
    private GrammarNode.Rule? _value;
    private GrammarNode.Rule? _object;

    /// <summary>Room between two parts: none, a space, or a new line with some indent. Bounded, or a model could go on with it for ever.</summary>
    public GrammarNode Space => _space ??= rules.Add(GrammarNode.Either(
        GrammarNode.Empty,
        GrammarNode.Text(" "),
        GrammarNode.Then(GrammarNode.Text("\n"), GrammarNode.Times(new GrammarNode.Characters(CharSet.Of(" \t")), 0, 24))));

    /// <summary>One code point of a string. No escape is half a surrogate pair, and none hides what could stand there as it is.</summary>
    public GrammarNode Character => _character ??= rules.Add(CharacterOf(CharSet.All));

    /// <summary>Any string.</summary>
    public GrammarNode AnyString => _string ??= rules.Add(Quoted(GrammarNode.Times(Character, 0, null)));

    /// <summary>Any number; digits are bounded, so that every reader keeps its value.</summary>
    public static GrammarNode AnyNumber { get; } = NumberText.Real(null, false, null, false)!;

    /// <summary>Any value.</summary>
    public GrammarNode AnyValue
    {
        get
        {
            if (_value is null)
            {
                _value = rules.Reserve();
                rules.Define(_value, GrammarNode.Either(
                    AnyString, AnyNumber, GrammarNode.Text("true"), GrammarNode.Text("false"), GrammarNode.Text("null"), ArrayOf(_value), AnyObject));
            }

            return _value;
        }
    }

    /// <summary>Any object.</summary>
    public GrammarNode AnyObject
    {
        get
        {
            if (_object is null)
            {
                _object = rules.Reserve();
                rules.Define(_object, ObjectOf(Member(AnyString, AnyValue)));
            }

            return _object;
        }
    }

    /// <summary>A string with this content.</summary>
    public static GrammarNode Quoted(GrammarNode content) => GrammarNode.Then(GrammarNode.Text("\""), content, GrammarNode.Text("\""));

    /// <summary>A character of the set, as a JSON string writes it.</summary>
    public static GrammarNode CharacterOf(CharSet set)
    {
        var plain = set.Intersect(Plain);
        var named = s_escapes.Where(escape => set.Contains(escape.Character)).Select(escape => GrammarNode.Text(escape.Escape));
        var control = CharSet.Of((1, 0x1F), (0x7F, 0x7F)).Except(CharSet.Of("\b\f\n\r\t")).Intersect(set).Ranges
            .SelectMany(range => Enumerable.Range(range.From, range.To - range.From + 1))
            .Select(character => GrammarNode.Text("\\u" + character.ToString("x4", CultureInfo.InvariantCulture)));
        return GrammarNode.Either([.. plain.IsEmpty ? [] : (GrammarNode[])[new GrammarNode.Characters(plain)], .. named, .. control]);
    }

    /// <summary>A name and its value.</summary>
    public GrammarNode Member(GrammarNode name, GrammarNode value) => GrammarNode.Then(name, GrammarNode.Text(":"), Space, value);

    /// <summary>What stands between two items.</summary>
    public GrammarNode Comma => GrammarNode.Then(GrammarNode.Text(","), Space);

    /// <summary>An object of any number of such members.</summary>
    public GrammarNode ObjectOf(GrammarNode member) => Braced("{", "}", Several(member, 0, null));

    /// <summary>An array of any number of such items.</summary>
    public GrammarNode ArrayOf(GrammarNode item) => Braced("[", "]", Several(item, 0, null));

    /// <summary>Content in brackets.</summary>
    public GrammarNode Braced(string open, string close, GrammarNode content) =>
        GrammarNode.Then(GrammarNode.Text(open), Space, content, Space, GrammarNode.Text(close));

    /// <summary>So many items with commas between them.</summary>
    public GrammarNode Several(GrammarNode item, int min, int? max)
    {
        if (max == 0)
        {
            return GrammarNode.Empty;
        }

        var some = GrammarNode.Then(item, GrammarNode.Times(GrammarNode.Then(Comma, item), Math.Max(0, min - 1), max - 1));
        return min == 0 ? GrammarNode.Optional(some) : some;
    }
}
