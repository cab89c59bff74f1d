using System.Globalization;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// Reads a regular expression just far enough to say how long its matches can be, and to write the one for the beginnings of its matches: with that,
/// a text that breaks off can be asked whether a match may have begun. Single characters and classes stay as they are written.
/// </summary>
/// <param name="Source">As it was written.</param>
/// <param name="Beginnings">Matches every beginning of a match, the empty one included.</param>
/// <param name="Min">Length of the shortest match, in characters.</param>
/// <param name="Max">Length of the longest.</param>
internal readonly record struct RegexShape(string Source, string Beginnings, int Min, int Max)
{
    public const int MaxLength = 512;
    private const int MaxDepth = 16;

    private static RegexShape Nothing { get; } = new("", "", 0, 0);

    /// <exception cref="FormatException">It can't be used here; the message says why.</exception>
    public static RegexShape Read(string regex)
    {
        var at = 0;
        var shape = Alternatives(regex, ref at, 0);
        return at < regex.Length ? throw Fault("')' closes nothing")
            : shape.Min == 0 ? throw Fault("it matches nothing at all")
            : shape.Max > MaxLength ? throw Fault($"its longest match has {shape.Max} characters, more than {MaxLength}")
            : shape;
    }

    private static RegexShape Alternatives(string regex, ref int at, int depth)
    {
        if (depth > MaxDepth)
            throw Fault($"its groups nest deeper than {MaxDepth}");
        var shape = Sequence(regex, ref at, depth);
        while (at < regex.Length && regex[at] == '|')
        {
            at++;
            var other = Sequence(regex, ref at, depth);
            shape = new RegexShape($"{shape.Source}|{other.Source}", $"{shape.Beginnings}|{other.Beginnings}", Math.Min(shape.Min, other.Min), Math.Max(shape.Max, other.Max));
        }

        return shape;
    }

    private static RegexShape Sequence(string regex, ref int at, int depth)
    {
        var items = new List<RegexShape>();
        while (at < regex.Length && regex[at] is not ('|' or ')'))
            items.Add(Repeated(regex, ref at, depth));

        // A beginning of AB is one of A, or A and then one of B.
        var shape = Nothing;
        for (var i = items.Count - 1; i >= 0; i--)
        {
            var item = items[i];
            shape = new RegexShape(item.Source + shape.Source, $"(?:{item.Beginnings}|{item.Source}{shape.Beginnings})", item.Min + shape.Min, item.Max + shape.Max);
        }

        return shape;
    }

    private static RegexShape Repeated(string regex, ref int at, int depth)
    {
        var start = at;
        var item = Single(regex, ref at, depth);
        if (at == regex.Length || regex[at] is not ('?' or '*' or '+' or '{'))
            return item;
        var (min, max) = Times(regex, ref at);
        if (at < regex.Length && regex[at] == '?')
            at++;
        if (at < regex.Length && regex[at] is '?' or '*' or '+' or '{')
            throw Fault($"a quantifier follows a quantifier at {at}");
        if (item.Max == 0)
            throw Fault("what has no length is repeated");
        var before = max > 1 ? $"(?:{item.Source}){{0,{max - 1}}}" : "";
        return new RegexShape(regex[start..at], max == 0 ? "" : $"(?:{before}{item.Beginnings})", item.Min * min, checked(item.Max * max));
    }

    private static (int Min, int Max) Times(string regex, ref int at)
    {
        if (regex[at] == '?')
        {
            at++;
            return (0, 1);
        }

        var end = regex.IndexOf('}', at);
        if (regex[at] != '{' || end < 0)
            throw Fault($"'{regex[at]}' has no upper bound: write {{1,64}}, or what fits");
        var words = regex[(at + 1)..end].Split(',');
        at = end + 1;
        return words.Length <= 2 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var min)
            && int.TryParse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var max) && min <= max && max <= MaxLength
            ? (min, max)
            : throw Fault($"'{{{string.Join(',', words)}}}' must have bounds of at most {MaxLength}");
    }

    private static RegexShape Single(string regex, ref int at, int depth)
    {
        var start = at;
        switch (regex[at])
        {
            case '(':
                at++;
                if (at < regex.Length && regex[at] == '?')
                {
                    if (at + 1 >= regex.Length || regex[at + 1] != ':')
                        throw Fault($"'{regex[start..Math.Min(regex.Length, at + 3)]}' can't be used: of groups only (…) and (?:…)");
                    at += 2;
                }

                var inner = Alternatives(regex, ref at, depth + 1);
                if (at++ >= regex.Length)
                    throw Fault("')' is missing");
                return new RegexShape(regex[start..at], $"(?:{inner.Beginnings})", inner.Min, inner.Max);
            case '[':
                SkipClass(regex, ref at);
                break;
            case '\\':
                if (++at >= regex.Length)
                    throw Fault("it ends with '\\'");
                if (regex[at] is 'b' or 'B')
                    return new RegexShape(regex[start..++at], "", 0, 0);
                SkipEscape(regex, ref at);
                break;
            case '^' or '$' or '*' or '+' or '?' or '{':
                throw Fault($"'{regex[at]}' can't be used at {at}; write '\\{regex[at]}' for the character");
            default:
                at++;
                break;
        }

        var source = regex[start..at];
        return new RegexShape(source, $"(?:{source})?", 1, 1);
    }

    private static void SkipClass(string regex, ref int at)
    {
        var (start, depth) = (at, 0);
        do
        {
            if (at >= regex.Length)
                throw Fault("']' is missing");
            if (regex[at] == '\\')
                at++;
            else if (regex[at] == '[' && (at == start || regex[at - 1] == '-'))
                depth++;
            else if (regex[at] == ']' && at > start + 1 && !(at == start + 2 && regex[at - 1] == '^'))
                depth--;
            at++;
        }
        while (depth > 0);
    }

    private static void SkipEscape(string regex, ref int at)
    {
        var c = regex[at++];
        if (c is 'p' or 'P')
            at = regex.IndexOf('}', at) is >= 0 and var end ? end + 1 : throw Fault("'}' is missing");
        else if (c is 'x' or 'u')
            at += c == 'x' ? 2 : 4;
        else if (char.IsAsciiLetterOrDigit(c) && c is not ('d' or 'D' or 'w' or 'W' or 's' or 'S' or 't' or 'n' or 'r' or 'f' or 'v' or 'e' or 'a'))
            throw Fault($"'\\{c}' can't be used");
        if (at > regex.Length)
            throw Fault("it ends within an escape");
    }

    private static FormatException Fault(string why) => new(why);
}
