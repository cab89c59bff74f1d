namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Runs the statements of one template, once.</summary>
internal sealed partial class Interpreter(RenderBudget budget)
{
    private TextBuilder _output = new();
    private Scope _scope = new(null);
    private int _depth;

    private enum Signal
    {
        None,
        Break,
        Continue,
    }

    public RenderBudget Budget => budget;

    /// <summary>Where the interpreter is.</summary>
    public Position At { get; private set; }

    public Text Run(Block template, IEnumerable<(string Name, Value Value)> variables)
    {
        foreach (var (name, value) in variables)
        {
            _scope.Set(name, value);
        }

        // What a template sets hides what it was given, and stays behind when it is done.
        _scope = new Scope(_scope);
        Execute(template);
        return _output.ToText();
    }

    private Signal Execute(Block block)
    {
        Deeper();
        var signal = Signal.None;
        for (var i = 0; i < block.Statements.Count && signal == Signal.None; i++)
        {
            budget.Charge();
            At = block.Statements[i].At;
            signal = Execute(block.Statements[i]);
        }

        _depth--;
        return signal;
    }

    private Signal Execute(Statement statement)
    {
        switch (statement)
        {
            case Emit emit:
                Write(emit.Text);
                break;
            case Print print:
                Write(Print(Evaluate(print.Value)));
                break;
            case If branches:
                return Choose(branches);
            case For loop:
                return Loop(loop);
            case Set set:
                Assign(set.Target, Evaluate(set.Value));
                break;
            case SetBlock set:
                Assign(set.Target, Filtered(set.Filters, Capture(set.Body, new Scope(_scope))));
                break;
            case FilterBlock filter:
                Write(Print(Filtered(filter.Filters, Capture(filter.Body, new Scope(_scope)))));
                break;
            case With with:
                return Within(with);
            case MacroDefinition definition:
                _scope.Set(definition.Name, Function(definition.Macro));
                break;
            case CallBlock block:
                Write(Print(Invoke(block.Call, Function(block.Caller))));
                break;
            case Generation generation:
                Write(Capture(generation.Body, new Scope(_scope)));
                break;
            case Jump jump:
                return jump.IsBreak ? Signal.Break : Signal.Continue;
            default:
                throw new InvalidOperationException($"No statement: {statement.GetType().Name}.");
        }

        return Signal.None;
    }

    private Signal Choose(If branches)
    {
        foreach (var (condition, body) in branches.Branches)
        {
            if (Evaluate(condition).IsTrue)
            {
                return Execute(body);
            }
        }

        return branches.Else is null ? Signal.None : Execute(branches.Else);
    }

    private Signal Loop(For loop)
    {
        var outer = _scope;
        var items = Items(Evaluate(loop.Items));
        if (loop.Condition is not null)
        {
            items = Chosen(loop, items);
        }

        var level = (outer.Find("loop") as LoopValue)?.Level ?? 0;
        var state = new LoopValue(items, level + 1);
        var signal = Signal.None;
        for (var i = 0; i < items.Count && signal != Signal.Break; i++)
        {
            budget.Charge();
            _scope = new Scope(outer);
            state.Index = i;
            _scope.Set("loop", state);
            Assign(loop.Target, items[i]);
            signal = Execute(loop.Body);
        }

        _scope = outer;
        if (items.Count > 0 || loop.Else is null)
        {
            return Signal.None;
        }

        _scope = new Scope(outer);
        signal = Execute(loop.Else);
        _scope = outer;
        return signal;
    }

    private List<Value> Chosen(For loop, IReadOnlyList<Value> items)
    {
        var outer = _scope;
        var chosen = new List<Value>();
        foreach (var item in items)
        {
            _scope = new Scope(outer);
            Assign(loop.Target, item);
            if (Evaluate(loop.Condition!).IsTrue)
            {
                chosen.Add(item);
            }
        }

        _scope = outer;
        return chosen;
    }

    private Signal Within(With with)
    {
        var outer = _scope;
        var inner = new Scope(outer);
        foreach (var (target, expression) in with.Variables)
        {
            _scope = outer;
            var value = Evaluate(expression);
            _scope = inner;
            Assign(target, value);
        }

        _scope = inner;
        var signal = Execute(with.Body);
        _scope = outer;
        return signal;
    }

    private void Assign(Target target, Value value)
    {
        if (target.Parts is { } parts)
        {
            var items = Items(value);
            if (items.Count != parts.Count)
            {
                throw Value.Fault($"{items.Count} values for {parts.Count} names");
            }

            for (var i = 0; i < parts.Count; i++)
            {
                Assign(parts[i], items[i]);
            }
        }
        else if (target.Attribute is null)
        {
            _scope.Set(target.Name, value);
        }
        else if (_scope.Find(target.Name) is NamespaceValue members)
        {
            members.Set(target.Attribute, value);
        }
        else
        {
            throw Value.Fault($"'{target.Name}' is no namespace");
        }
    }

    private Value Filtered(Expression filters, Text text)
    {
        var outer = _blockText;
        _blockText = new TextValue(text);
        var value = Evaluate(filters);
        _blockText = outer;
        return value;
    }

    /// <summary>What a body puts out, instead of putting it out.</summary>
    private Text Capture(Block body, Scope scope)
    {
        var (output, outer) = (_output, _scope);
        (_output, _scope) = (new TextBuilder(), scope);
        Execute(body);
        var text = _output.ToText();
        (_output, _scope) = (output, outer);
        return text;
    }

    private FunctionValue Function(Macro macro)
    {
        var home = _scope;
        return new FunctionValue(macro.Name, (_, arguments) =>
        {
            if (arguments.Positional.Count > macro.Parameters.Count)
            {
                throw Value.Fault($"the macro '{macro.Name}' takes at most {macro.Parameters.Count} arguments");
            }

            var scope = new Scope(home);
            foreach (var (name, value) in arguments.Named)
            {
                if (name != "caller" && !macro.Parameters.Any(parameter => parameter.Name == name))
                {
                    throw Value.Fault($"the macro '{macro.Name}' has no argument '{name}'");
                }

                scope.Set(name, value);
            }

            var outer = _scope;
            _scope = scope;
            for (var i = 0; i < macro.Parameters.Count; i++)
            {
                var (name, otherwise) = macro.Parameters[i];
                scope.Set(name, arguments.Find(i, name) ?? (otherwise is null ? new UndefinedValue(name) : Evaluate(otherwise)));
            }

            _scope = outer;
            return new TextValue(Capture(macro.Body, scope));
        });
    }

    private void Write(Text text)
    {
        budget.ChargeText(text.Value.Length);
        _output.Append(text);
        budget.CheckLength(_output.Length);
    }

    private void Deeper()
    {
        if (++_depth > budget.Limits.MaxDepth || !System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault(TemplateFaultKind.Limit, $"it nests deeper than {budget.Limits.MaxDepth}");
        }
    }
}
