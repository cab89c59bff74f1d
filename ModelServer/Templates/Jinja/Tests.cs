namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>What stands behind <c>is</c>: https://jinja.palletsprojects.com/en/stable/templates/#builtin-tests</summary>
internal static class Tests
{
    public static readonly IReadOnlyDictionary<string, Func<Interpreter, Value, Arguments, bool>> Known =
        new Dictionary<string, Func<Interpreter, Value, Arguments, bool>>(StringComparer.Ordinal)
        {
            ["boolean"] = (_, value, _) => value is BoolValue,
            ["callable"] = (_, value, _) => value is FunctionValue,
            ["defined"] = (_, value, _) => value is not UndefinedValue,
            ["divisibleby"] = (i, value, a) => !Operators.Calculate("%", value, a.Get(0, "num"), i.Budget).IsTrue,
            ["eq"] = Equal,
            ["equalto"] = Equal,
            ["even"] = (_, value, _) => Operators.Whole(value) % 2 == 0,
            ["false"] = (_, value, _) => ReferenceEquals(value, BoolValue.False),
            ["float"] = (_, value, _) => value is RealValue,
            ["ge"] = (i, value, a) => Order(i, value, a) >= 0,
            ["gt"] = (i, value, a) => Order(i, value, a) > 0,
            ["greaterthan"] = (i, value, a) => Order(i, value, a) > 0,
            ["in"] = (i, value, a) => Operators.Contains(a.Get(0, "seq"), value, i.Budget),
            ["integer"] = (_, value, _) => value is WholeValue,
            ["iterable"] = (_, value, _) => value is TextValue or ListValue or MapValue or UndefinedValue,
            ["le"] = (i, value, a) => Order(i, value, a) <= 0,
            ["lessthan"] = (i, value, a) => Order(i, value, a) < 0,
            ["lower"] = (i, value, _) => Methods.Is("islower", i.Print(value).Value),
            ["lt"] = (i, value, a) => Order(i, value, a) < 0,
            ["mapping"] = (_, value, _) => value is MapValue,
            ["ne"] = (i, value, a) => !Equal(i, value, a),
            ["none"] = (_, value, _) => value is NoneValue,
            ["number"] = (_, value, _) => Operators.IsNumber(value),
            ["odd"] = (_, value, _) => Operators.Whole(value) % 2 != 0,
            ["sameas"] = (_, value, a) => ReferenceEquals(value, a.Get(0, "other")),
            ["sequence"] = (_, value, _) => value is TextValue or ListValue or MapValue or UndefinedValue,
            ["string"] = (_, value, _) => value is TextValue,
            ["true"] = (_, value, _) => ReferenceEquals(value, BoolValue.True),
            ["undefined"] = (_, value, _) => value is UndefinedValue,
            ["upper"] = (i, value, _) => Methods.Is("isupper", i.Print(value).Value),
            ["=="] = Equal,
            ["!="] = (i, value, a) => !Equal(i, value, a),
            ["<"] = (i, value, a) => Order(i, value, a) < 0,
            ["<="] = (i, value, a) => Order(i, value, a) <= 0,
            [">"] = (i, value, a) => Order(i, value, a) > 0,
            [">="] = (i, value, a) => Order(i, value, a) >= 0,
        };

    private static bool Equal(Interpreter interpreter, Value value, Arguments arguments) =>
        Operators.AreEqual(value, arguments.Get(0, "other"), interpreter.Budget);

    private static int Order(Interpreter interpreter, Value value, Arguments arguments) =>
        Operators.Order(value, arguments.Get(0, "other"), interpreter.Budget);
}
