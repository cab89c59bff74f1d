using System.Globalization;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>What stands behind <c>|</c>: https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters and transformers' <c>tojson</c>.</summary>
internal static class Filters
{
    public static readonly IReadOnlyDictionary<string, Func<Interpreter, Value, Arguments, Value>> Known =
        new Dictionary<string, Func<Interpreter, Value, Arguments, Value>>(StringComparer.Ordinal)
        {
            ["abs"] = (_, value, a) => Absolute(value),
            ["attr"] = (i, value, a) => Interpreter.Member(value, Printing.Plain(a.Get(0, "name")), itemsToo: false),
            ["capitalize"] = (i, value, a) => Methods.CallText(i, "capitalize", value, a),
            ["count"] = Length,
            ["d"] = Default,
            ["default"] = Default,
            ["dictsort"] = SequenceFilters.DictionarySort,
            ["e"] = (i, value, a) => Escape(i, value),
            ["escape"] = (i, value, a) => Escape(i, value),
            ["first"] = (i, value, a) => i.Items(value) is { Count: > 0 } items ? items[0] : new UndefinedValue("there is no first item"),
            ["float"] = (i, value, a) => ToReal(value, a.Only("default").Find(0, "default")),
            ["from_json"] = (i, value, a) => i.FromJson(value),
            ["groupby"] = SequenceFilters.GroupBy,
            ["indent"] = TextFilters.Indent,
            ["int"] = (i, value, a) => ToWhole(value, a.Only("default", "base").Find(0, "default")),
            ["items"] = (i, value, a) => value switch
            {
                UndefinedValue => new ListValue([]),
                MapValue map => Methods.Items(i, map),
                _ => throw Value.Fault($"'items' of a {value.Kind}"),
            },
            ["join"] = SequenceFilters.Join,
            ["last"] = (i, value, a) => i.Items(value) is { Count: > 0 } items ? items[^1] : new UndefinedValue("there is no last item"),
            ["length"] = Length,
            ["list"] = (i, value, a) => new ListValue(i.Items(value)),
            ["lower"] = (i, value, a) => Methods.CallText(i, "lower", value, a),
            ["map"] = SequenceFilters.Map,
            ["max"] = (i, value, a) => SequenceFilters.Extreme(i, value, a, 1),
            ["min"] = (i, value, a) => SequenceFilters.Extreme(i, value, a, -1),
            ["reject"] = (i, value, a) => SequenceFilters.Select(i, value, a, byAttribute: false, wanted: false),
            ["rejectattr"] = (i, value, a) => SequenceFilters.Select(i, value, a, byAttribute: true, wanted: false),
            ["replace"] = TextFilters.Replace,
            ["reverse"] = SequenceFilters.Reverse,
            ["round"] = Round,
            ["safe"] = (i, value, a) => new TextValue(i.Print(value)),
            ["select"] = (i, value, a) => SequenceFilters.Select(i, value, a, byAttribute: false, wanted: true),
            ["selectattr"] = (i, value, a) => SequenceFilters.Select(i, value, a, byAttribute: true, wanted: true),
            ["sort"] = SequenceFilters.Sort,
            ["string"] = (i, value, a) => new TextValue(i.Print(value)),
            ["sum"] = SequenceFilters.Sum,
            ["title"] = (i, value, a) => Methods.CallText(i, "title", value, a),
            ["tojson"] = (i, value, a) => new TextValue(JsonText.Of(value, a, i.Budget)),
            ["trim"] = TextFilters.Trim,
            ["unique"] = SequenceFilters.Unique,
            ["upper"] = (i, value, a) => Methods.CallText(i, "upper", value, a),
        };

    private static Value Absolute(Value value) => value switch
    {
        RealValue real => new RealValue(Math.Abs(real.Number), real.Source),
        _ when Operators.Whole(value) is > long.MinValue and var number => new WholeValue(Math.Abs(number), value.Source),
        _ => throw Value.Fault("'abs' goes beyond 64 bits"),
    };

    private static WholeValue Length(Interpreter interpreter, Value value, Arguments arguments) => new WholeValue(
        value switch
        {
            TextValue text => text.Text.Count,
            ListValue list => list.Items.Count,
            MapValue map => map.Items.Count,
            UndefinedValue => 0,
            _ => throw Value.Fault($"'length' of a {value.Kind}"),
        },
        value is TextValue ? value.Source : TextRun.Literal);

    private static Value Default(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("default_value", "boolean");
        return value is UndefinedValue || (arguments.Flag(1, "boolean") && !value.IsTrue) ? arguments.Find(0, "default_value") ?? TextValue.Empty : value;
    }

    private static TextValue Escape(Interpreter interpreter, Value value)
    {
        var text = interpreter.Print(value);
        foreach (var (from, to) in (ReadOnlySpan<(string, string)>)[("&", "&amp;"), (">", "&gt;"), ("<", "&lt;"), ("'", "&#39;"), ("\"", "&#34;")])
        {
            text = text.Replace(from, Text.Literal(to), -1, interpreter.Budget);
        }

        return new TextValue(text);
    }

    private static Value ToWhole(Value value, Value? otherwise)
    {
        switch (value)
        {
            case WholeValue or BoolValue:
                return new WholeValue(Operators.Whole(value), value.Source);
            case RealValue { Number: > -9.2e18 and < 9.2e18 } real:
                return new WholeValue((long)real.Number, value.Source);
            case TextValue { Text.Value: var text } when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole):
                return new WholeValue(whole, value.Source);
            case TextValue { Text.Value: var text }
                when double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && Math.Abs(real) < 9.2e18:
                return new WholeValue((long)real, value.Source);
            default:
                return otherwise ?? new WholeValue(0);
        }
    }

    private static Value ToReal(Value value, Value? otherwise) => value switch
    {
        _ when Operators.IsNumber(value) => new RealValue(Operators.Number(value), value.Source),
        TextValue { Text.Value: var text } when double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var real) =>
            new RealValue(real, value.Source),
        _ => otherwise ?? new RealValue(0),
    };

    private static RealValue Round(Interpreter interpreter, Value value, Arguments arguments)
    {
        arguments.Only("precision", "method");
        var scale = Math.Pow(10, Math.Clamp(arguments.Whole(0, "precision") ?? 0, -15, 15));
        var scaled = Operators.Number(value) * scale;
        var rounded = arguments.Text(1, "method")?.Value switch
        {
            null or "common" => Math.Round(scaled, MidpointRounding.ToEven),
            "ceil" => Math.Ceiling(scaled),
            "floor" => Math.Floor(scaled),
            var other => throw Value.Fault($"'round' has no method '{other}'"),
        };
        return new RealValue(rounded / scale, value.Source);
    }
}
