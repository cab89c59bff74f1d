using System.Globalization;
using System.Text;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>
/// The filter <c>tojson</c> as transformers has it: Python's <c>json.dumps</c> with <c>ensure_ascii=False</c>, nothing escaped for HTML. Where
/// any of it is data, all of it is.
/// </summary>
internal sealed class JsonText(int? indent, string itemSeparator, string keySeparator, bool sorted, bool ascii, RenderBudget budget)
{
    private readonly StringBuilder _text = new();

    public static Text Of(Value value, Arguments arguments, RenderBudget budget)
    {
        arguments.Only("indent", "ensure_ascii", "separators", "sort_keys");
        var indent = arguments.Find(0, "indent") switch
        {
            null or NoneValue => null,
            var given => (int?)Math.Clamp(Operators.Whole(given), 0, 64),
        };
        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (arguments.Find(2, "separators") is ListValue { Items: [TextValue first, TextValue second] })
        {
            (item, key) = (first.Text.Value, second.Text.Value);
        }

        var json = new JsonText(indent, item, key, arguments.Flag(3, "sort_keys"), arguments.Flag(1, "ensure_ascii"), budget);
        json.Write(value, 0);
        return Text.Of(json._text.ToString(), value.Source);
    }

    private void Write(Value value, int level)
    {
        budget.Charge();
        budget.CheckLength(_text.Length);
        switch (value)
        {
            case TextValue text:
                WriteText(text.Text.Value);
                break;
            case NoneValue:
                _text.Append("null");
                break;
            case BoolValue:
                _text.Append(value.IsTrue ? "true" : "false");
                break;
            case WholeValue:
                _text.Append(Printing.Plain(value));
                break;
            case RealValue { Number: var number }:
                _text.Append(double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity" : Printing.Real(number));
                break;
            case ListValue list:
                WriteItems('[', ']', list.Items.Count, level, i => Write(list.Items[i], level + 1));
                break;
            case MapValue map:
                var items = sorted ? [.. map.Items.OrderBy(pair => Key(pair.Key), StringComparer.Ordinal)] : map.Items;
                WriteItems('{', '}', items.Count, level, i =>
                {
                    WriteText(Key(items[i].Key));
                    _text.Append(keySeparator);
                    Write(items[i].Value, level + 1);
                });
                break;
            case UndefinedValue undefined:
                throw undefined.Use();
            default:
                throw Value.Fault($"'tojson' of a {value.Kind}");
        }
    }

    private static string Key(Value key) => key switch
    {
        NoneValue => "null",
        BoolValue => key.IsTrue ? "true" : "false",
        _ => Printing.Plain(key),
    };

    private void WriteItems(char open, char close, int count, int level, Action<int> write)
    {
        _text.Append(open);
        for (var i = 0; i < count; i++)
        {
            _text.Append(i == 0 ? string.Empty : itemSeparator);
            NewLine(level + 1);
            write(i);
        }

        if (count > 0)
        {
            NewLine(level);
        }

        _text.Append(close);
    }

    private void NewLine(int level)
    {
        if (indent is { } width)
        {
            budget.ChargeText((long)width * level);
            _text.Append('\n').Append(' ', width * level);
        }
    }

    private void WriteText(string text)
    {
        budget.ChargeText(text.Length);
        _text.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                < ' ' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                > '~' when ascii && c != '\u007f' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
