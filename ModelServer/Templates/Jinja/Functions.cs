using System.Globalization;
using System.Text;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>The functions that a chat template can call by name.</summary>
internal static class Functions
{
    private const int MaxRange = 100_000;
    private const int MaxReasonLength = 500;

    private static readonly Dictionary<string, FunctionValue> s_known = new FunctionValue[]
    {
        new("namespace", (_, arguments) => new NamespaceValue(Map(arguments))),
        new("dict", (_, arguments) => Map(arguments)),
        new("range", Range),
        new("raise_exception", (interpreter, arguments) => throw Raised(interpreter.Print(arguments.Get(0, "message")).Value)),
        new("strftime_now", (interpreter, arguments) => TextValue.Literal(
            Time(interpreter.Print(arguments.Get(0, "format")).Value, interpreter.Budget.Time.GetLocalNow(), interpreter.Budget))),
    }.ToDictionary(function => function.Name, StringComparer.Ordinal);

    public static IEnumerable<string> Names => s_known.Keys;

    public static Value? Find(string name) => s_known.GetValueOrDefault(name);

    private static TemplateFault Raised(string message) =>
        new(TemplateFaultKind.Raised, message.Length > MaxReasonLength ? message[..MaxReasonLength] + "..." : message);

    private static MapValue Map(Arguments arguments)
    {
        IEnumerable<(Value, Value)> named = arguments.Named.Select(item => ((Value)TextValue.Literal(item.Name), item.Value));
        return arguments.Positional switch
        {
            [] => new MapValue(named),
            [MapValue map] => new MapValue(map.Items.Concat(named)),
            _ => throw Value.Fault("only a mapping and named arguments make a mapping"),
        };
    }

    private static ListValue Range(Interpreter interpreter, Arguments arguments)
    {
        var bounds = arguments.Only("start", "stop", "step").Positional.Select(Operators.Whole).ToArray();
        var (start, stop, step) = bounds switch
        {
            [var end] => (0, end, 1),
            [var first, var end] => (first, end, 1),
            [var first, var end, var by] when by != 0 => (first, end, by),
            _ => throw Value.Fault("'range' takes one to three ints, and no step of 0"),
        };
        var items = new List<Value>();
        for (var i = (Int128)start; step > 0 ? i < stop : i > stop; i += step)
        {
            interpreter.Budget.Charge();
            if (items.Count >= MaxRange)
            {
                throw new TemplateFault(TemplateFaultKind.Limit, $"a range of more than {MaxRange}");
            }

            items.Add(new WholeValue((long)i));
        }

        return new ListValue(items);
    }

    // The directives of C's strftime that name parts of a date, with the names of the C locale.
    private static string Time(string format, DateTimeOffset now, RenderBudget budget)
    {
        var text = new StringBuilder();
        budget.ChargeText(format.Length);
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            var bare = format[i + 1] == '-' && i + 2 < format.Length;
            i += bare ? 2 : 1;
            var part = Part(format[i], now);
            text.Append(bare ? part.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : part);
        }

        return text.ToString();
    }

    private static string Part(char directive, DateTimeOffset now)
    {
        string Of(string format) => now.ToString(format, CultureInfo.InvariantCulture);
        return directive switch
        {
            'd' => Of("dd"),
            'm' => Of("MM"),
            'y' => Of("yy"),
            'Y' => Of("yyyy"),
            'b' or 'h' => Of("MMM"),
            'B' => Of("MMMM"),
            'a' => Of("ddd"),
            'A' => Of("dddd"),
            'H' => Of("HH"),
            'I' => Of("hh"),
            'M' => Of("mm"),
            'S' => Of("ss"),
            'p' => Of("tt"),
            'f' => Of("ffffff"),
            'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'F' => Of("yyyy-MM-dd"),
            'T' => Of("HH:mm:ss"),
            'z' => Of("zzz").Replace(":", string.Empty, StringComparison.Ordinal),
            '%' => "%",
            _ => throw Value.Fault($"'strftime_now' has no directive '%{directive}'"),
        };
    }
}
