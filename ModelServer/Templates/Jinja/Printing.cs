using System.Globalization;
using System.Text;

namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Values as text, the way Python's <c>str</c> and <c>repr</c> write them.</summary>
internal static class Printing
{
    /// <summary>What <c>{{ value }}</c> puts out.</summary>
    public static Text Print(Value value, RenderBudget budget)
    {
        switch (value)
        {
            case TextValue text:
                return text.Text;
            case UndefinedValue:
                return Text.Empty;
            case ListValue or MapValue:
                var builder = new StringBuilder();
                Write(value, builder, budget);
                return Text.Of(builder.ToString(), value.Source);
            default:
                return Text.Of(Plain(value), value.Source);
        }
    }

    /// <summary>The text of a value that is neither list nor mapping.</summary>
    public static string Plain(Value value) => value switch
    {
        TextValue text => text.Text.Value,
        NoneValue => "None",
        BoolValue => value.IsTrue ? "True" : "False",
        WholeValue whole => whole.Number.ToString(CultureInfo.InvariantCulture),
        RealValue real => Real(real.Number),
        UndefinedValue => string.Empty,
        _ => $"<{value.Kind}>",
    };

    /// <summary>The shortest text that reads back as the same number, in Python's notation.</summary>
    public static string Real(double number)
    {
        if (double.IsNaN(number))
        {
            return "nan";
        }

        if (double.IsInfinity(number))
        {
            return number > 0 ? "inf" : "-inf";
        }

        // Python goes over to exponents at 1e16 and below 1e-4.
        var magnitude = Math.Abs(number);
        if (number == 0 || magnitude is >= 1e-4 and < 1e16)
        {
            var text = number.ToString("R", CultureInfo.InvariantCulture);
            text = text.Contains('E', StringComparison.Ordinal) ? ((decimal)number).ToString(CultureInfo.InvariantCulture) : text;
            return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
        }

        var digits = number.ToString("E16", CultureInfo.InvariantCulture);
        for (var precision = 0; precision <= 16; precision++)
        {
            digits = number.ToString("E" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (double.Parse(digits, CultureInfo.InvariantCulture) == number)
            {
                break;
            }
        }

        var mark = digits.IndexOf('E', StringComparison.Ordinal);
        var exponent = int.Parse(digits[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return digits[..mark] + (exponent < 0 ? "e-" : "e+") + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
    }

    private static void Write(Value value, StringBuilder to, RenderBudget budget)
    {
        budget.Charge();
        budget.CheckLength(to.Length);
        switch (value)
        {
            case TextValue text:
                budget.ChargeText(text.Text.Value.Length);
                WriteQuoted(text.Text.Value, to);
                break;
            case ListValue list:
                to.Append(list.IsTuple ? '(' : '[');
                foreach (var (index, item) in list.Items.Index())
                {
                    to.Append(index == 0 ? string.Empty : ", ");
                    Write(item, to, budget);
                }

                to.Append(list.IsTuple ? list.Items.Count == 1 ? ",)" : ")" : "]");
                break;
            case MapValue map:
                to.Append('{');
                foreach (var (index, (key, item)) in map.Items.Index())
                {
                    to.Append(index == 0 ? string.Empty : ", ");
                    Write(key, to, budget);
                    to.Append(": ");
                    Write(item, to, budget);
                }

                to.Append('}');
                break;
            case UndefinedValue:
                to.Append("Undefined");
                break;
            default:
                to.Append(Plain(value));
                break;
        }
    }

    private static void WriteQuoted(string text, StringBuilder to)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        to.Append(quote);
        foreach (var c in text)
        {
            _ = c switch
            {
                '\\' => to.Append("\\\\"),
                '\n' => to.Append("\\n"),
                '\r' => to.Append("\\r"),
                '\t' => to.Append("\\t"),
                _ when c == quote => to.Append('\\').Append(c),
                < ' ' or (>= '\u007f' and < '\u00a1') or '\u00ad' => to.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => to.Append(c),
            };
        }

        to.Append(quote);
    }
}
