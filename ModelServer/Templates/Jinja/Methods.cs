namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Methods of Python's strings and dictionaries that templates call. None changes its value: the sandbox of transformers forbids those too.</summary>
internal static class Methods
{
    private static readonly HashSet<string> s_ofTexts = new(StringComparer.Ordinal)
    {
        "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "upper", "lower", "title", "capitalize", "replace",
        "find", "rfind", "index", "count", "join", "removeprefix", "removesuffix", "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower",
        "format",
    };

    private static readonly HashSet<string> s_ofMaps = new(StringComparer.Ordinal) { "items", "keys", "values", "get", "copy" };

    private static readonly HashSet<string> s_ofLists = new(StringComparer.Ordinal) { "index", "count", "copy" };

    private static readonly HashSet<string> s_ofLoops = new(StringComparer.Ordinal) { "cycle", "changed" };

    public static bool IsKnown(string name) => s_ofTexts.Contains(name) || s_ofMaps.Contains(name) || s_ofLists.Contains(name) || s_ofLoops.Contains(name);

    public static FunctionValue? Find(Value target, string name) => target switch
    {
        TextValue when s_ofTexts.Contains(name) => new FunctionValue(name, (i, arguments) => CallText(i, name, target, arguments)),
        MapValue map when s_ofMaps.Contains(name) => new FunctionValue(name, (i, arguments) => OfMap(i, map, name, arguments)),
        ListValue list when s_ofLists.Contains(name) => new FunctionValue(name, (i, arguments) => OfList(i, list, name, arguments)),
        _ => null,
    };

    public static ListValue Items(Interpreter interpreter, MapValue map)
    {
        interpreter.Budget.Charge(map.Items.Count);
        return new ListValue([.. map.Items.Select(item => new ListValue([item.Key, item.Value], isTuple: true))]);
    }

    public static Value CallText(Interpreter interpreter, string name, Value target, Arguments a)
    {
        var text = interpreter.Print(target);
        var value = text.Value;
        interpreter.Budget.ChargeText(value.Length);
        switch (name)
        {
            case "strip" or "lstrip" or "rstrip":
                return new TextValue(text.Strip(a.Only("chars").Text(0, "chars")?.Value, left: name != "rstrip", right: name != "lstrip"));
            case "upper":
                return new TextValue(text.WithCharacters(value.ToUpperInvariant()));
            case "lower":
                return new TextValue(text.WithCharacters(value.ToLowerInvariant()));
            case "title":
                return new TextValue(text.WithCharacters(string.Create(value.Length, value, static (to, from) =>
                {
                    for (var i = 0; i < to.Length; i++)
                    {
                        to[i] = i > 0 && char.IsLetter(from[i - 1]) ? char.ToLowerInvariant(from[i]) : char.ToUpperInvariant(from[i]);
                    }
                })));
            case "capitalize":
                return new TextValue(text.WithCharacters(value.Length == 0 ? value : char.ToUpperInvariant(value[0]) + value[1..].ToLowerInvariant()));
            case "split" or "rsplit":
                return Split(text, a.Only("sep", "maxsplit"), fromRight: name == "rsplit", interpreter.Budget);
            case "splitlines":
                return new ListValue([.. Lines(text, interpreter.Budget).Select(line => new TextValue(line))]);
            case "startswith":
                return BoolValue.Of(Any(a, value.StartsWith));
            case "endswith":
                return BoolValue.Of(Any(a, value.EndsWith));
            case "replace":
                return TextFilters.Replace(interpreter, target, a);
            case "format":
                return TextFilters.Format(interpreter, text, a);
            case "removeprefix":
                return a.Text(0, "prefix") is { } prefix && value.StartsWith(prefix.Value, StringComparison.Ordinal)
                    ? new TextValue(text.Slice(prefix.Value.Length, value.Length)) : target;
            case "removesuffix":
                return a.Text(0, "suffix") is { } suffix && value.EndsWith(suffix.Value, StringComparison.Ordinal)
                    ? new TextValue(text.Slice(0, value.Length - suffix.Value.Length)) : target;
            case "find" or "index":
                return new WholeValue(Found(text.IndexOfChar(value.IndexOf(Part(a), StringComparison.Ordinal)), name), text.Source);
            case "rfind":
                return new WholeValue(text.IndexOfChar(value.LastIndexOf(Part(a), StringComparison.Ordinal)), text.Source);
            case "count":
                return new WholeValue(Part(a) is { Length: > 0 } part ? value.Split(part).Length - 1 : text.Count + 1, text.Source);
            case "join":
                return new TextValue(SequenceFilters.Join(interpreter.Items(a.Get(0, "iterable")).Select(JoinedText), text, interpreter.Budget));
            default:
                return BoolValue.Of(Is(name, value));
        }
    }

    /// <summary>The lines of a text, without their ends.</summary>
    public static List<Text> Lines(Text text, RenderBudget budget)
    {
        var lines = new List<Text>();
        for (var from = 0; from < text.Value.Length;)
        {
            budget.Charge();
            var end = text.Value.AsSpan(from).IndexOfAny('\n', '\r') is >= 0 and var at ? from + at : text.Value.Length;
            lines.Add(text.Slice(from, end));
            from = end + (text.Value.AsSpan(end).StartsWith("\r\n", StringComparison.Ordinal) ? 2 : 1);
        }

        return lines;
    }

    private static ListValue Split(Text text, Arguments arguments, bool fromRight, RenderBudget budget)
    {
        var most = arguments.Whole(1, "maxsplit") is >= 0 and var given ? given : long.MaxValue;
        var separator = arguments.Text(0, "sep")?.Value;
        if (separator is { Length: 0 })
        {
            throw Value.Fault("an empty separator");
        }

        var cuts = Cuts(text.Value, separator);
        if (cuts.Count > most)
        {
            cuts = fromRight ? cuts[^(int)most..] : cuts[..(int)most];
        }

        budget.Charge(cuts.Count * (1 + (text.Runs.Count / RenderBudget.CharactersPerStep)));
        var parts = new List<Value>(cuts.Count + 1);
        var from = 0;
        foreach (var (start, end) in cuts)
        {
            parts.Add(new TextValue(text.Slice(from, start)));
            from = end;
        }

        parts.Add(new TextValue(text.Slice(from, text.Value.Length)));

        // Split at white space, a text has no empty parts at its ends.
        return new ListValue(separator is null ? [.. parts.Where(part => part.IsTrue)] : parts);
    }

    private static List<(int Start, int End)> Cuts(string value, string? separator)
    {
        var cuts = new List<(int, int)>();
        for (var i = 0; i < value.Length;)
        {
            int start, end;
            if (separator is null)
            {
                for (start = i; start < value.Length && !Text.IsSpace(value[start]);)
                {
                    start++;
                }

                for (end = start; end < value.Length && Text.IsSpace(value[end]);)
                {
                    end++;
                }

                // White space at the beginning is no cut, or it would count for maxsplit.
                if (start == value.Length)
                {
                    break;
                }
            }
            else if ((start = value.IndexOf(separator, i, StringComparison.Ordinal)) >= 0)
            {
                end = start + separator.Length;
            }
            else
            {
                break;
            }

            cuts.Add((start, end));
            i = end;
        }

        return cuts;
    }

    private static bool Any(Arguments arguments, Func<string, StringComparison, bool> matches) => arguments.Get(0, "prefix") switch
    {
        TextValue part => matches(part.Text.Value, StringComparison.Ordinal),
        ListValue { IsTuple: true } several => several.Items.Any(part => part is TextValue text && matches(text.Text.Value, StringComparison.Ordinal)),
        var other => throw Operators.Wrong("a str", other),
    };

    private static string Part(Arguments arguments) => (arguments.Only("sub").Text(0, "sub") ?? throw Value.Fault("a str is missing")).Value;

    private static int Found(int at, string name) => at >= 0 || name == "find" ? at : throw Value.Fault("substring not found");

    private static Text JoinedText(Value value) => value is TextValue text ? text.Text : throw Operators.Wrong("a str", value);

    public static bool Is(string name, string value) => value.Length > 0 && name switch
    {
        "isdigit" => value.All(char.IsDigit),
        "isalpha" => value.All(char.IsLetter),
        "isalnum" => value.All(char.IsLetterOrDigit),
        "isspace" => value.All(Text.IsSpace),
        "isupper" => value.Any(char.IsUpper) && !value.Any(char.IsLower),
        _ => value.Any(char.IsLower) && !value.Any(char.IsUpper),
    };

    private static Value OfMap(Interpreter interpreter, MapValue map, string name, Arguments arguments)
    {
        interpreter.Budget.Charge(map.Items.Count);
        return name switch
        {
            "items" => Items(interpreter, map),
            "keys" => new ListValue([.. map.Items.Select(item => item.Key)]),
            "values" => new ListValue([.. map.Items.Select(item => item.Value)]),
            "get" => map.Find(arguments.Only("key", "default").Get(0, "key")) ?? arguments.Find(1, "default") ?? NoneValue.Instance,
            _ => map,
        };
    }

    private static Value OfList(Interpreter interpreter, ListValue list, string name, Arguments arguments)
    {
        if (name == "copy")
        {
            return list;
        }

        var item = arguments.Get(0, "value");
        var places = list.Items.Index().Where(other => Operators.AreEqual(other.Item, item, interpreter.Budget)).Select(other => other.Index);
        return name == "count" ? new WholeValue(places.Count())
            : places.FirstOrDefault(-1) is >= 0 and var at ? new WholeValue(at) : throw Value.Fault("the value is not in the list");
    }
}
