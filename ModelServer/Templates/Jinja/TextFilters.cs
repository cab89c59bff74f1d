using System.Globalization;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Filters of texts that are no methods of Python's strings.</summary>
internal static class TextFilters
{
    public static Value Trim(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("chars");
        return new TextValue(interpreter.Print(value).Strip(arguments.Text(0, "chars")?.Value, left: true, right: true));
    }

    public static Value Replace(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("old", "new", "count");
        var old = interpreter.Print(arguments.Get(0, "old")).Value;
        var count = arguments.Whole(2, "count") ?? -1;
        return new TextValue(interpreter.Print(value).Replace(old, interpreter.Print(arguments.Get(1, "new")), (int)Math.Clamp(count, -1, int.MaxValue), interpreter.Budget));
    }

    public static Value Indent(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("width", "first", "blank");
        var width = arguments.Find(0, "width") switch
        {
            null => Text.Literal("    "),
            TextValue given => given.Text,
            var given => Text.Literal(new string(' ', (int)Math.Clamp(Operators.Whole(given), 0, 256))),
        };
        var (first, blank) = (arguments.Flag(1, "first"), arguments.Flag(2, "blank"));
        var text = interpreter.Print(value);
        var builder = new TextBuilder();
        var lines = Methods.Lines(text, interpreter.Budget);
        if (text.Value.EndsWith('\n') || text.Value.Length == 0)
        {
            lines.Add(text.Slice(text.Value.Length, text.Value.Length));
        }

        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0)
            {
                builder.Append(Text.Literal("\n"));
            }

            if (i == 0 ? first : blank || lines[i].Value.Length > 0)
            {
                interpreter.Budget.ChargeText(width.Value.Length);
                builder.Append(width);
            }

            builder.Append(lines[i]);
            interpreter.Budget.ChargeText(lines[i].Value.Length);
            interpreter.Budget.CheckLength(builder.Length);
        }

        return new TextValue(Whole(text, builder));
    }

    /// <summary>Python's <c>str.format</c> with plain fields: in order, by number or by name. What stands in the place of data is data.</summary>
    public static Value Format(Interpreter interpreter, Text pattern, Arguments arguments)
    {
        var builder = new TextBuilder();
        var (value, from, next, numbered) = (pattern.Value, 0, 0, false);
        while (value.AsSpan(from).IndexOfAny('{', '}') is >= 0 and var skipped)
        {
            var at = from + skipped;
            builder.Append(pattern.Slice(from, at));
            if (at + 1 < value.Length && value[at + 1] == value[at])
            {
                builder.Append(pattern.Slice(at, at + 1));
                from = at + 2;
                continue;
            }

            var end = value[at] == '{' ? value.IndexOf('}', at) : -1;
            var field = end < 0 ? "?" : value[(at + 1)..end];
            var isNumber = int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            numbered |= isNumber;
            number = isNumber ? number : field.Length == 0 ? next++ : int.MaxValue;
            if (!field.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || (numbered && next > 0))
            {
                throw Value.Fault("'format' takes fields that are all empty, or numbers and names, and other braces twice");
            }

            var text = interpreter.Print(arguments.Get(number, field));
            var source = pattern.Slice(at, end + 1).Source;
            builder.Append(source == TextRun.Literal ? text : Text.Of(text.Value, Text.Mix(text.Source, source)));
            interpreter.Budget.ChargeText(text.Value.Length + field.Length);
            interpreter.Budget.CheckLength(builder.Length);
            from = end + 1;
        }

        builder.Append(pattern.Slice(from, value.Length));
        return new TextValue(builder.ToText());
    }

    // Line breaks that the filter writes anew into data are the data's.
    private static Text Whole(Text original, TextBuilder made) =>
        original.Source is TextRun.Literal ? made.ToText() : original.Runs.Count == 1 ? Text.Of(made.ToText().Value, original.Source) : made.ToText();
}
