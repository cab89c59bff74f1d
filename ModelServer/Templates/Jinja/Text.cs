namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>
/// A string that knows which of its characters the template's author wrote and which are data. What is cut out of it, or put together of
/// it, knows it too; that is what keeps users' text from ever becoming a special token.
/// </summary>
internal sealed class Text
{
    public static readonly Text Empty = new(string.Empty, []);

    private int[]? _starts;

    internal Text(string value, TextRun[] runs) => (Value, Runs) = (value, runs);

    public string Value { get; }

    public IReadOnlyList<TextRun> Runs { get; }

    public bool HasData => Runs.Any(run => run.IsData);

    /// <summary>The one place that all of its data comes from, or <see cref="TextRun.Data"/> for several.</summary>
    public int Source
    {
        get
        {
            var source = TextRun.Literal;
            foreach (var run in Runs)
            {
                source = Mix(source, run.Source);
            }

            return source;
        }
    }

    /// <summary>Characters as Python counts them: code points.</summary>
    public int Count => Starts is { } starts ? starts.Length - 1 : Value.Length;

    // Where each code point starts, and the end; null where every code point is one character.
    private int[]? Starts
    {
        get
        {
            if (_starts is null && Value.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0)
            {
                var starts = new List<int>(Value.Length);
                for (var i = 0; i < Value.Length; i += char.IsSurrogatePair(Value, i) ? 2 : 1)
                {
                    starts.Add(i);
                }

                _starts = [.. starts, Value.Length];
            }

            return _starts;
        }
    }

    public static Text Literal(string value) => Of(value, TextRun.Literal);

    public static Text Data(string value) => Of(value, TextRun.Data);

    public static Text Of(string value, int source) =>
        value.Length == 0 && source == TextRun.Literal ? Empty : new Text(value, [new TextRun(value.Length, source)]);

    /// <summary>Where something made of both comes from.</summary>
    public static int Mix(int one, int other) =>
        one == other || other == TextRun.Literal ? one : one == TextRun.Literal ? other : TextRun.Data;

    public static Text Concat(params ReadOnlySpan<Text> parts)
    {
        var builder = new TextBuilder();
        foreach (var part in parts)
        {
            builder.Append(part);
        }

        return builder.ToText();
    }

    /// <summary>The code point at an index of 0 to <see cref="Count"/> - 1.</summary>
    public Text At(int index) => CodePoints(index, index + 1);

    /// <summary>Code points [from, to).</summary>
    public Text CodePoints(int from, int to) => Starts is { } starts ? Slice(starts[from], starts[to]) : Slice(from, to);

    /// <summary>The code point index of a UTF-16 index.</summary>
    public int IndexOfChar(int at) => at < 0 || Starts is not { } starts ? at : Array.BinarySearch(starts, at) is >= 0 and var found ? found : 0;

    /// <summary>UTF-16 characters [from, to).</summary>
    public Text Slice(int from, int to)
    {
        if (from == 0 && to == Value.Length)
        {
            return this;
        }

        var runs = new List<TextRun>();
        var start = 0;
        foreach (var run in Runs)
        {
            var length = Math.Min(start + run.Length, to) - Math.Max(start, from);
            if (length > 0 || (length == 0 && run.Length == 0))
            {
                TextBuilder.AddRun(runs, run with { Length = length });
            }

            start += run.Length;
        }

        // Nothing that is left of data is still data: it parts the literals around it as the whole would have.
        if (runs.Count == 0 && Source is not TextRun.Literal and var source)
        {
            runs.Add(new TextRun(0, source));
        }

        return new Text(Value[from..to], [.. runs]);
    }

    /// <summary>Other characters in the same places; <paramref name="value"/> has as many.</summary>
    public Text WithCharacters(string value) => new(value, [.. Runs]);

    /// <summary>Python's <c>replace</c>. What replaces data is data: which of it is replaced was for the data's author to choose.</summary>
    public Text Replace(string old, Text with, int count, RenderBudget budget)
    {
        var builder = new TextBuilder();
        var from = 0;
        while (count-- != 0)
        {
            var at = from + (old.Length == 0 ? 0 : Value.IndexOf(old, from, StringComparison.Ordinal) - from);
            if (at < from || at > Value.Length)
            {
                break;
            }

            budget.Charge(1 + (with.Value.Length / RenderBudget.CharactersPerStep));
            builder.Append(Slice(from, at));
            var replaced = Slice(at, at + old.Length).Source;
            builder.Append(replaced == TextRun.Literal && (old.Length > 0 || !HasData) ? with : Of(with.Value, Mix(with.Source, Mix(replaced, Source))));
            budget.CheckLength(builder.Length);
            from = at + old.Length;
            if (old.Length == 0)
            {
                if (from == Value.Length)
                {
                    return builder.ToText();
                }

                builder.Append(Slice(from, from + 1));
                from++;
            }
        }

        builder.Append(Slice(from, Value.Length));
        return builder.ToText();
    }

    /// <summary>Without what Python calls white space, or the characters given, at its ends.</summary>
    public Text Strip(string? characters, bool left, bool right)
    {
        bool Goes(char c) => characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
        int from = 0, to = Value.Length;
        while (left && from < to && Goes(Value[from]))
        {
            from++;
        }

        while (right && to > from && Goes(Value[to - 1]))
        {
            to--;
        }

        return Slice(from, to);
    }

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    public override string ToString() => Value;
}
