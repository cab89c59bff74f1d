namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Python's operators upon values.</summary>
internal static class Operators
{
    public static double Number(Value value) => value switch
    {
        WholeValue whole => whole.Number,
        RealValue real => real.Number,
        BoolValue => value.IsTrue ? 1 : 0,
        _ => throw Wrong("a number", value),
    };

    public static long Whole(Value value) => value switch
    {
        WholeValue whole => whole.Number,
        BoolValue => value.IsTrue ? 1 : 0,
        _ => throw Wrong("an int", value),
    };

    public static bool IsNumber(Value value) => value is WholeValue or RealValue or BoolValue;

    public static TemplateFault Wrong(string expected, Value value) =>
        value is UndefinedValue undefined ? undefined.Use() : Value.Fault($"{value.Kind} where {expected} should be");

    public static Value Calculate(string sign, Value left, Value right, RenderBudget budget)
    {
        switch (sign, left, right)
        {
            case ("+", TextValue a, TextValue b):
                budget.ChargeText((long)a.Text.Value.Length + b.Text.Value.Length);
                return new TextValue(Text.Concat(a.Text, b.Text));
            case ("+", ListValue a, ListValue b) when a.IsTuple == b.IsTuple:
                budget.ChargeText((a.Items.Count + (long)b.Items.Count) * RenderBudget.CharactersPerStep);
                return new ListValue([.. a.Items, .. b.Items], a.IsTuple);
            case ("*", TextValue or ListValue, WholeValue or BoolValue):
                return Repeat(left, Whole(right), budget);
            case ("*", WholeValue or BoolValue, TextValue or ListValue):
                return Repeat(right, Whole(left), budget);
            default:
                return Numbers(sign, left, right);
        }
    }

    public static bool AreEqual(Value left, Value right, RenderBudget budget)
    {
        budget.Charge();
        switch (left, right)
        {
            case (TextValue a, TextValue b):
                return a.Text.Value == b.Text.Value;
            case (ListValue a, ListValue b):
                return a.IsTuple == b.IsTuple && a.Items.Count == b.Items.Count && a.Items.Zip(b.Items).All(pair => AreEqual(pair.First, pair.Second, budget));
            case (MapValue a, MapValue b):
                return a.Items.Count == b.Items.Count && a.Items.All(item => b.Find(item.Key) is { } other && AreEqual(item.Value, other, budget));
            case (NoneValue, NoneValue) or (UndefinedValue, UndefinedValue):
                return true;
            case (WholeValue a, WholeValue b):
                return a.Number == b.Number;
            default:
                return IsNumber(left) && IsNumber(right) ? Number(left) == Number(right) : ReferenceEquals(left, right);
        }
    }

    /// <summary>Negative, zero or positive, as with <see cref="string.Compare(string, string)"/>.</summary>
    public static int Order(Value left, Value right, RenderBudget budget)
    {
        budget.Charge();
        if (left is ListValue a && right is ListValue b && a.IsTuple == b.IsTuple)
        {
            for (var i = 0; i < Math.Min(a.Items.Count, b.Items.Count); i++)
            {
                if (Order(a.Items[i], b.Items[i], budget) is not 0 and var order)
                {
                    return order;
                }
            }

            return a.Items.Count.CompareTo(b.Items.Count);
        }

        return (left, right) switch
        {
            (TextValue one, TextValue other) => string.CompareOrdinal(one.Text.Value, other.Text.Value),
            (WholeValue one, WholeValue other) => one.Number.CompareTo(other.Number),
            (UndefinedValue undefined, _) => throw undefined.Use(),
            (_, UndefinedValue undefined) => throw undefined.Use(),
            _ when IsNumber(left) && IsNumber(right) => Number(left).CompareTo(Number(right)),
            _ => throw Value.Fault($"a {left.Kind} can't be ordered with a {right.Kind}"),
        };
    }

    public static bool Contains(Value container, Value item, RenderBudget budget)
    {
        switch (container, item)
        {
            case (TextValue text, TextValue part):
                budget.ChargeText(text.Text.Value.Length);
                return text.Text.Value.Contains(part.Text.Value, StringComparison.Ordinal);
            case (ListValue list, _):
                return list.Items.Any(other => AreEqual(other, item, budget));
            case (MapValue map, _):
                return map.Find(item) is not null;
            case (UndefinedValue, _):
                return false;
            default:
                throw Value.Fault($"'in' a {container.Kind}");
        }
    }

    private static Value Repeat(Value value, long times, RenderBudget budget)
    {
        times = Math.Max(0, times);
        if (value is ListValue list)
        {
            budget.ChargeText(Product(list.Items.Count, times) * RenderBudget.CharactersPerStep);
            return new ListValue([.. Enumerable.Repeat(list.Items, list.Items.Count == 0 ? 0 : (int)times).SelectMany(items => items)], list.IsTuple);
        }

        var text = ((TextValue)value).Text;
        budget.ChargeText(Product(text.Value.Length, times));
        var builder = new TextBuilder();
        for (var i = 0L; i < times && text.Value.Length > 0; i++)
        {
            builder.Append(text);
        }

        return new TextValue(builder.ToText());

        static long Product(long count, long times) => count == 0 ? 0 : times > 1_000_000_000 ? 1_000_000_000 : count * times;
    }

    private static Value Numbers(string sign, Value left, Value right)
    {
        if (!IsNumber(left) || !IsNumber(right))
        {
            throw (left, right) switch
            {
                (UndefinedValue undefined, _) => undefined.Use(),
                (_, UndefinedValue undefined) => undefined.Use(),
                _ => Value.Fault($"{left.Kind} {sign} {right.Kind}"),
            };
        }

        var source = Text.Mix(left.Source, right.Source);
        try
        {
            return left is RealValue || right is RealValue || sign == "/" || (sign == "**" && Whole(right) < 0)
                ? new RealValue(Real(sign, Number(left), Number(right)), source)
                : new WholeValue(WholeNumber(sign, Whole(left), Whole(right)), source);
        }
        catch (OverflowException)
        {
            throw Value.Fault($"{sign} goes beyond 64 bits");
        }
    }

    private static long WholeNumber(string sign, long a, long b)
    {
        checked
        {
            switch (sign)
            {
                case "+":
                    return a + b;
                case "-":
                    return a - b;
                case "*":
                    return a * b;
                case "//" when b != 0:
                    return (a / b) - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
                case "%" when b is not 0 and not -1:
                    return ((a % b) + b) % b;
                case "%" when b == -1:
                    return 0;
                case "**":
                    return Power(a, b);
                default:
                    throw Value.Fault("division by zero");
            }
        }
    }

    private static long Power(long a, long b)
    {
        if (b == 0 || a == 1)
        {
            return 1;
        }

        if (a is 0 or -1)
        {
            return a == 0 || (b & 1) == 1 ? a : 1;
        }

        // Beyond 63 factors of at least 2 it has overflowed.
        var product = a;
        for (var i = 1L; i < b; i++)
        {
            product = checked(product * a);
        }

        return product;
    }

    private static double Real(string sign, double a, double b) => sign switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "**" => Math.Pow(a, b),
        _ when b == 0 => throw Value.Fault("division by zero"),
        "/" => a / b,
        "//" => Math.Floor(a / b),
        _ => a - (b * Math.Floor(a / b)),
    };
}
