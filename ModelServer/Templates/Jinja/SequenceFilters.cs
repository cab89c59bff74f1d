namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Filters of lists and mappings.</summary>
internal static class SequenceFilters
{
    public static Value Join(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("d", "attribute");
        var separator = arguments.Find(0, "d") is { } given ? interpreter.Print(given) : Text.Empty;
        var attribute = arguments.Find(1, "attribute");
        var parts = interpreter.Items(value).Select(item => interpreter.Print(attribute is null ? item : Attribute(interpreter, item, attribute)));
        return new TextValue(Join(parts, separator, interpreter.Budget));
    }

    public static Text Join(IEnumerable<Text> parts, Text separator, RenderBudget budget)
    {
        var builder = new TextBuilder();
        foreach (var (index, part) in parts.Index())
        {
            if (index > 0)
            {
                builder.Append(separator);
            }

            budget.ChargeText(separator.Value.Length + part.Value.Length);
            builder.Append(part);
            budget.CheckLength(builder.Length);
        }

        return builder.ToText();
    }

    public static Value Map(Interpreter interpreter, Value value, Arguments arguments)
    {
        var items = interpreter.Items(value);
        if (arguments.Positional.Count == 0)
        {
            var attribute = arguments.Only("attribute", "default").Get(0, "attribute");
            var otherwise = arguments.Find(1, "default");
            return new ListValue([.. items.Select(item => Attribute(interpreter, item, attribute) is var found && found is UndefinedValue && otherwise is not null ? otherwise : found)]);
        }

        var name = Printing.Plain(arguments.Positional[0]);
        if (!Filters.Known.TryGetValue(name, out var filter))
        {
            throw Value.Fault($"there is no filter '{name}'");
        }

        var rest = new Arguments(name, [.. arguments.Positional.Skip(1)], arguments.Named);
        return new ListValue([.. items.Select(item => interpreter.Charged(filter(interpreter, item, rest)))]);
    }

    public static Value Select(Interpreter interpreter, Value value, Arguments arguments, bool byAttribute, bool wanted)
    {
        var attribute = byAttribute ? arguments.Get(0, "attribute") : null;
        var skip = byAttribute ? 1 : 0;
        Func<Value, bool> test = item => item.IsTrue;
        if (arguments.Positional.Count > skip)
        {
            var name = Printing.Plain(arguments.Positional[skip]);
            if (!Tests.Known.TryGetValue(name, out var known))
            {
                throw Value.Fault($"there is no test '{name}'");
            }

            var rest = new Arguments(name, [.. arguments.Positional.Skip(skip + 1)], arguments.Named);
            test = item => known(interpreter, item, rest);
        }

        var chosen = new List<Value>();
        foreach (var item in interpreter.Items(value))
        {
            interpreter.Budget.Charge();
            if (test(attribute is null ? item : Attribute(interpreter, item, attribute)) == wanted)
            {
                chosen.Add(item);
            }
        }

        return new ListValue(chosen);
    }

    public static Value Sort(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("reverse", "case_sensitive", "attribute");
        var attribute = arguments.Find(2, "attribute");
        var sensitive = arguments.Flag(1, "case_sensitive");
        return new ListValue(Sorted(
            interpreter, interpreter.Items(value), item => Key(attribute is null ? item : Attribute(interpreter, item, attribute), sensitive), arguments.Flag(0, "reverse")));
    }

    public static Value DictionarySort(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("case_sensitive", "by", "reverse");
        var by = arguments.Text(1, "by")?.Value is "value" ? 1 : 0;
        var sensitive = arguments.Flag(0, "case_sensitive");
        var pairs = value is MapValue map ? Methods.Items(interpreter, map).Items : throw Value.Fault($"'dictsort' of a {value.Kind}");
        return new ListValue(Sorted(interpreter, pairs, pair => Key(((ListValue)pair).Items[by], sensitive), arguments.Flag(2, "reverse")));
    }

    public static Value Unique(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("case_sensitive", "attribute");
        var attribute = arguments.Find(1, "attribute");
        var seen = new List<Value>();
        var chosen = new List<Value>();
        foreach (var item in interpreter.Items(value))
        {
            var key = Key(attribute is null ? item : Attribute(interpreter, item, attribute), arguments.Flag(0, "case_sensitive"));
            if (!seen.Any(other => Operators.AreEqual(other, key, interpreter.Budget)))
            {
                seen.Add(key);
                chosen.Add(item);
            }
        }

        return new ListValue(chosen);
    }

    public static Value GroupBy(Interpreter interpreter, Value value, Arguments arguments)
    {
        var attribute = arguments.Only("attribute", "default").Get(0, "attribute");
        Value Of(Value item) => Attribute(interpreter, item, attribute);
        var groups = new List<(Value Key, List<Value> Items)>();
        foreach (var item in Sorted(interpreter, interpreter.Items(value), item => Key(Of(item), sensitive: false), reverse: false))
        {
            if (groups.Count == 0 || !Operators.AreEqual(Key(groups[^1].Key, sensitive: false), Key(Of(item), sensitive: false), interpreter.Budget))
            {
                groups.Add((Of(item), []));
            }

            groups[^1].Items.Add(item);
        }

        return new ListValue([.. groups.Select(group => new ListValue([group.Key, new ListValue(group.Items)], isTuple: true))]);
    }

    public static Value Reverse(Interpreter interpreter, Value value, Arguments arguments)
    {
        if (value is TextValue text)
        {
            return Interpreter.SliceOf(text, null, null, -1, interpreter.Budget);
        }

        return new ListValue([.. interpreter.Items(value).Reverse()]);
    }

    public static Value Extreme(Interpreter interpreter, Value value, Arguments arguments, int sign)
    {
        arguments.Only("case_sensitive", "attribute");
        var attribute = arguments.Find(1, "attribute");
        Value? best = null;
        Value? bestKey = null;
        foreach (var item in interpreter.Items(value))
        {
            var key = Key(attribute is null ? item : Attribute(interpreter, item, attribute), arguments.Flag(0, "case_sensitive"));
            if (bestKey is null || Operators.Order(key, bestKey, interpreter.Budget) * sign > 0)
            {
                (best, bestKey) = (item, key);
            }
        }

        return best ?? new UndefinedValue("the least or greatest of nothing");
    }

    public static Value Sum(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("attribute", "start");
        var attribute = arguments.Find(0, "attribute");
        return interpreter.Items(value).Aggregate(
            arguments.Find(1, "start") ?? new WholeValue(0),
            (sum, item) => Operators.Calculate("+", sum, attribute is null or NoneValue ? item : Attribute(interpreter, item, attribute), interpreter.Budget));
    }

    private static Value Attribute(Interpreter interpreter, Value item, Value attribute)
    {
        if (attribute is WholeValue)
        {
            return Interpreter.Element(item, attribute);
        }

        return Printing.Plain(attribute).Split('.').Aggregate(item, (value, part) => Interpreter.Element(value, TextValue.Literal(part)));
    }

    private static Value Key(Value value, bool sensitive) =>
        !sensitive && value is TextValue text ? TextValue.Literal(text.Text.Value.ToLowerInvariant()) : value;

    // LINQ's order is stable, like Python's.
    private static List<Value> Sorted(Interpreter interpreter, IReadOnlyList<Value> items, Func<Value, Value> key, bool reverse)
    {
        var keyed = items.Select((item, index) => (Key: key(item), Index: index)).ToArray();
        var order = keyed.OrderBy(pair => pair, Comparer<(Value Key, int Index)>.Create(
            (a, b) => Operators.Order(a.Key, b.Key, interpreter.Budget) is var result && reverse ? -result : result));
        return [.. order.Select(pair => items[pair.Index])];
    }
}
