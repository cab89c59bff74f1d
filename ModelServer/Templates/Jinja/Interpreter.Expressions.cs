namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Evaluates expressions.</summary>
internal sealed partial class Interpreter
{
    private TextValue _blockText = TextValue.Empty;

    public Text Print(Value value) => Printing.Print(value, budget);

    /// <summary>llama.cpp's own filter, which some templates made for it use. What is read is data.</summary>
    public Value FromJson(Value value)
    {
        var text = Print(value).Value;
        budget.ChargeText(text.Length);
        return PromptValues.Parse(text) ?? throw Value.Fault("'from_json' of what is no JSON");
    }

    public Value Charged(Value value)
    {
        budget.Charge();
        return value;
    }

    /// <summary>What a loop over this value takes one after the other.</summary>
    public IReadOnlyList<Value> Items(Value value)
    {
        switch (value)
        {
            case ListValue list:
                return list.Items;
            case MapValue map:
                budget.Charge(map.Items.Count);
                return [.. map.Items.Select(item => item.Key)];
            case TextValue { Text: var text }:
                budget.Charge(text.Count * (1L + (text.Runs.Count / RenderBudget.CharactersPerStep)));
                return [.. Enumerable.Range(0, text.Count).Select(i => new TextValue(text.At(i)))];
            case UndefinedValue:
                return [];
            default:
                throw Value.Fault($"a {value.Kind} can't be iterated over");
        }
    }

    /// <summary><c>value.name</c>: a method before a key of that name, as in Jinja2.</summary>
    public static Value Member(Value target, string name, bool itemsToo = true) => target switch
    {
        UndefinedValue undefined => throw undefined.Use(),
        NamespaceValue members => members.Find(name),
        LoopValue loop => loop.Find(name),
        _ => Methods.Find(target, name) ?? (itemsToo ? (target as MapValue)?.Find(name) : null),
    } ?? new UndefinedValue(name);

    /// <summary><c>value[index]</c>: a key before a method of that name.</summary>
    public static Value Element(Value target, Value index)
    {
        switch (target, index)
        {
            case (UndefinedValue undefined, _):
                throw undefined.Use();
            case (ListValue list, WholeValue or BoolValue):
                return Place(Operators.Whole(index), list.Items.Count) is { } at ? list.Items[at] : new UndefinedValue($"list item {Operators.Whole(index)}");
            case (TextValue text, WholeValue or BoolValue):
                return Place(Operators.Whole(index), text.Text.Count) is { } place
                    ? new TextValue(text.Text.At(place))
                    : new UndefinedValue($"character {Operators.Whole(index)}");
            case (MapValue map, _) when map.Find(index) is { } value:
                return value;
            case (_, TextValue name):
                return Member(target, name.Text.Value);
            default:
                return new UndefinedValue(Printing.Plain(index));
        }
    }

    /// <summary>Python's slice of a text or list.</summary>
    public static Value SliceOf(Value target, long? start, long? stop, long step, RenderBudget budget)
    {
        if (step == 0)
        {
            throw Value.Fault("a slice with the step 0");
        }

        var count = target switch
        {
            TextValue text => text.Text.Count,
            ListValue list => list.Items.Count,
            _ => throw Operators.Wrong("a str or list", target),
        };
        long Bound(long? given, long otherwise) =>
            given is not { } at ? otherwise : Math.Clamp(at < 0 ? at + count : at, step < 0 ? -1 : 0, step < 0 ? count - 1 : count);
        var (from, to) = (Bound(start, step < 0 ? count - 1 : 0), Bound(stop, step < 0 ? -1 : count));
        if (step == 1 && target is TextValue whole)
        {
            budget.ChargeText(Math.Max(0, to - from));
            return new TextValue(whole.Text.CodePoints((int)from, (int)Math.Max(from, to)));
        }

        var places = new List<int>();
        for (var i = (Int128)from; step > 0 ? i < to : i > to; i += step)
        {
            budget.Charge();
            places.Add((int)i);
        }

        return target is ListValue items
            ? new ListValue([.. places.Select(i => items.Items[i])], items.IsTuple)
            : new TextValue(SequenceFilters.Join(places.Select(((TextValue)target).Text.At), Text.Empty, budget));
    }

    private Value Evaluate(Expression expression)
    {
        Deeper();
        budget.Charge();
        At = expression.At;
        var value = expression switch
        {
            Constant constant => constant.Value,
            Variable variable => _scope.Find(variable.Name) ?? Functions.Find(variable.Name) ?? new UndefinedValue(variable.Name),
            Member member => Member(Evaluate(member.Target), member.Name),
            Element element => Element(Evaluate(element.Target), Evaluate(element.Index)),
            Slice slice => EvaluateSlice(slice),
            Call call => Invoke(call, caller: null),
            Filter filter => EvaluateFilter(filter),
            Test test => EvaluateTest(test),
            Negation negation => BoolValue.Of(!Evaluate(negation.Operand).IsTrue),
            Sign sign => Operators.Calculate(sign.Minus ? "-" : "+", new WholeValue(0), Evaluate(sign.Operand), budget),
            Arithmetic arithmetic => EvaluateArithmetic(arithmetic),
            Joined joined => EvaluateJoined(joined),
            Comparison comparison => EvaluateComparison(comparison),
            Logic logic => Evaluate(logic.Left) is var left && left.IsTrue == logic.IsAnd ? Evaluate(logic.Right) : left,
            Conditional conditional => EvaluateConditional(conditional),
            ListExpression list => new ListValue(EvaluateAll(list.Items), list.IsTuple),
            MapExpression map => EvaluateMap(map),
            BlockText => _blockText,
            _ => throw new InvalidOperationException($"No expression: {expression.GetType().Name}."),
        };
        _depth--;
        return value;
    }

    private static int? Place(long index, int count) => (index < 0 ? index + count : index) is >= 0 and var at && at < count ? (int)at : null;

    private Value EvaluateSlice(Slice slice)
    {
        var target = Evaluate(slice.Target);
        long? Bound(Expression? bound) => bound is null ? null : Evaluate(bound) is var value && value is NoneValue ? null : Operators.Whole(value);
        return SliceOf(target, Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step) ?? 1, budget);
    }

    private Value EvaluateFilter(Filter filter)
    {
        var target = Evaluate(filter.Target);
        var arguments = EvaluateArguments(filter.Name, filter.Arguments, caller: null);
        At = filter.At;
        return Filters.Known[filter.Name](this, target, arguments);
    }

    private BoolValue EvaluateTest(Test test)
    {
        var target = Evaluate(test.Target);
        var arguments = EvaluateArguments(test.Name, test.Arguments, caller: null);
        At = test.At;
        return BoolValue.Of(Tests.Known[test.Name](this, target, arguments));
    }

    private Value Invoke(Call call, FunctionValue? caller)
    {
        var target = Evaluate(call.Target);
        if (target is not FunctionValue function)
        {
            At = call.Target.At;
            throw Operators.Wrong("a function", target);
        }

        var arguments = EvaluateArguments(function.Name, call.Arguments, caller);
        At = call.At;
        return function.Call(this, arguments);
    }

    private Arguments EvaluateArguments(string callee, ArgumentList given, FunctionValue? caller)
    {
        var named = new List<(string, Value)>(given.Named.Count + 1);
        var positional = EvaluateAll(given.Positional);
        foreach (var (name, value) in given.Named)
        {
            named.Add((name, Evaluate(value)));
        }

        if (caller is not null)
        {
            named.Add(("caller", caller));
        }

        return new Arguments(callee, positional, named);
    }

    private List<Value> EvaluateAll(IReadOnlyList<Expression> expressions)
    {
        var values = new List<Value>(expressions.Count);
        foreach (var expression in expressions)
        {
            if (expression is not Spread spread)
            {
                values.Add(Evaluate(expression));
                continue;
            }

            var items = Items(Evaluate(spread.Items));
            budget.Charge(items.Count);
            values.AddRange(items);
        }

        return values;
    }

    private Value EvaluateArithmetic(Arithmetic arithmetic)
    {
        var (left, right) = (Evaluate(arithmetic.Left), Evaluate(arithmetic.Right));
        At = arithmetic.At;
        return Operators.Calculate(arithmetic.Operator, left, right, budget);
    }

    private TextValue EvaluateJoined(Joined joined)
    {
        var builder = new TextBuilder();
        foreach (var part in joined.Parts)
        {
            var text = Print(Evaluate(part));
            budget.ChargeText(text.Value.Length);
            builder.Append(text);
            budget.CheckLength(builder.Length);
        }

        return new TextValue(builder.ToText());
    }

    private BoolValue EvaluateComparison(Comparison comparison)
    {
        var left = Evaluate(comparison.First);
        foreach (var (sign, operand) in comparison.Rest)
        {
            var right = Evaluate(operand);
            At = comparison.At;
            var holds = sign switch
            {
                "==" => Operators.AreEqual(left, right, budget),
                "!=" => !Operators.AreEqual(left, right, budget),
                "in" => Operators.Contains(right, left, budget),
                "not in" => !Operators.Contains(right, left, budget),
                "<" => Operators.Order(left, right, budget) < 0,
                "<=" => Operators.Order(left, right, budget) <= 0,
                ">" => Operators.Order(left, right, budget) > 0,
                _ => Operators.Order(left, right, budget) >= 0,
            };
            if (!holds)
            {
                return BoolValue.False;
            }

            left = right;
        }

        return BoolValue.True;
    }

    private Value EvaluateConditional(Conditional conditional) =>
        Evaluate(conditional.Condition).IsTrue ? Evaluate(conditional.Then)
        : conditional.Else is null ? new UndefinedValue("the value of an 'if' without 'else'")
        : Evaluate(conditional.Else);

    private MapValue EvaluateMap(MapExpression map)
    {
        var items = new List<(Value, Value)>(map.Items.Count);
        foreach (var (key, value) in map.Items)
        {
            items.Add((Evaluate(key), Evaluate(value)));
        }

        return new MapValue(items);
    }
}
