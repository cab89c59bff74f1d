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

    // Line breaks that the filter writes anew into data are the data's.
    private static Text Whole(Text original, TextBuilder made) =>
        original.Source is TextRun.Literal ? made.ToText() : original.Runs.Count == 1 ? Text.Of(made.ToText().Value, original.Source) : made.ToText();
}
