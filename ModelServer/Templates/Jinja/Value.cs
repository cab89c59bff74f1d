namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>A value within a template. Lists and mappings never change once they are made, as in Jinja2's immutable sandbox; so no value holds itself.</summary>
internal abstract class Value
{
    /// <summary>What Python calls this kind of value; for messages.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether it counts as true.</summary>
    public virtual bool IsTrue => true;

    /// <summary>Levels of lists and mappings in it; 0 for what is neither.</summary>
    public virtual int Depth => 0;

    /// <summary>Where its text would come from.</summary>
    public virtual int Source => TextRun.Literal;

    /// <summary>Deepest list or mapping: what walks a value needs no other guard for its stack.</summary>
    protected const int MaxDepth = 64;

    public static TemplateFault Fault(string message) => new(TemplateFaultKind.Failed, message);

    protected static void CheckDepth(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new TemplateFault(TemplateFaultKind.Limit, $"it nests values deeper than {MaxDepth}");
        }
    }
}

/// <summary>A variable or member that isn't there. It prints as nothing and has no members itself.</summary>
internal sealed class UndefinedValue(string name) : Value
{
    public override string Kind => "undefined";

    public override bool IsTrue => false;

    public TemplateFault Use() => Fault($"'{name}' is undefined");
}

internal sealed class NoneValue : Value
{
    public static readonly NoneValue Instance = new();

    public override string Kind => "None";

    public override bool IsTrue => false;
}

internal sealed class BoolValue : Value
{
    public static readonly BoolValue True = new(true);
    public static readonly BoolValue False = new(false);

    private BoolValue(bool value) => IsTrue = value;

    public override string Kind => "bool";

    public override bool IsTrue { get; }

    public static BoolValue Of(bool value) => value ? True : False;
}

internal sealed class WholeValue(long number, int source = TextRun.Literal) : Value
{
    public long Number => number;

    public override string Kind => "int";

    public override bool IsTrue => number != 0;

    public override int Source => source;
}

internal sealed class RealValue(double number, int source = TextRun.Literal) : Value
{
    public double Number => number;

    public override string Kind => "float";

    public override bool IsTrue => number != 0;

    public override int Source => source;
}

internal sealed class TextValue(Text text) : Value
{
    public static readonly TextValue Empty = new(Text.Empty);

    public Text Text => text;

    public override string Kind => "str";

    public override bool IsTrue => text.Value.Length > 0;

    public override int Source => text.Source;

    public static TextValue Literal(string value) => new(Text.Literal(value));
}

internal sealed class ListValue : Value
{
    private int _source = -1;

    public ListValue(IReadOnlyList<Value> items, bool isTuple = false)
    {
        (Items, IsTuple) = (items, isTuple);
        foreach (var item in items)
        {
            Depth = Math.Max(Depth, item.Depth);
        }

        Depth++;
        CheckDepth(Depth);
    }

    public IReadOnlyList<Value> Items { get; }

    public bool IsTuple { get; }

    public override string Kind => IsTuple ? "tuple" : "list";

    public override bool IsTrue => Items.Count > 0;

    public override int Depth { get; }

    public override int Source => _source >= 0 ? _source : _source = Items.Aggregate(TextRun.Literal, (source, item) => Text.Mix(source, item.Source));
}

/// <summary>A mapping that keeps the order of its keys.</summary>
internal sealed class MapValue : Value
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<(Value Key, Value Value)> _items = [];
    private int _source = -1;
    private readonly int _depth;

    public MapValue(IEnumerable<(Value Key, Value Value)> items)
    {
        foreach (var (key, value) in items)
        {
            _depth = Math.Max(_depth, value.Depth);
            var place = Place(key) ?? throw Fault($"a {key.Kind} as a key");
            if (_places.TryAdd(place, _items.Count))
            {
                _items.Add((key, value));
            }
            else
            {
                _items[_places[place]] = (_items[_places[place]].Key, value);
            }
        }

        CheckDepth(Depth);
    }

    public IReadOnlyList<(Value Key, Value Value)> Items => _items;

    public override string Kind => "dict";

    public override bool IsTrue => _items.Count > 0;

    public override int Depth => _depth + 1;

    public override int Source => _source >= 0
        ? _source
        : _source = _items.Aggregate(TextRun.Literal, (source, item) => Text.Mix(source, Text.Mix(item.Key.Source, item.Value.Source)));

    public static MapValue Of(params ReadOnlySpan<(string Key, Value Value)> items)
    {
        var pairs = new List<(Value, Value)>(items.Length);
        foreach (var (key, value) in items)
        {
            pairs.Add((TextValue.Literal(key), value));
        }

        return new MapValue(pairs);
    }

    public Value? Find(Value key) => Place(key) is { } place && _places.TryGetValue(place, out var at) ? _items[at].Value : null;

    public Value? Find(string key) => _places.TryGetValue("s" + key, out var at) ? _items[at].Value : null;

    // One text for what Python takes for equal keys: 1, 1.0 and True are the same.
    private static string? Place(Value key) => key switch
    {
        TextValue text => "s" + text.Text.Value,
        WholeValue or RealValue or BoolValue => "n" + Operators.Number(key).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        NoneValue => "none",
        _ => null,
    };
}

/// <summary>The one thing that a template can change: <c>namespace()</c>.</summary>
internal sealed class NamespaceValue(MapValue initial) : Value
{
    private readonly Dictionary<string, Value> _members = initial.Items.ToDictionary(item => Printing.Plain(item.Key), item => item.Value, StringComparer.Ordinal);

    public override string Kind => "namespace";

    public Value? Find(string name) => _members.GetValueOrDefault(name);

    public void Set(string name, Value value) => _members[name] = value;
}

/// <summary>A macro, a function or a method of a value.</summary>
internal sealed class FunctionValue(string name, Func<Interpreter, Arguments, Value> body) : Value
{
    public string Name => name;

    public override string Kind => "function";

    public Value Call(Interpreter interpreter, Arguments arguments) => body(interpreter, arguments);
}

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class LoopValue(IReadOnlyList<Value> items, int depth) : Value
{
    private Value? _changed;

    public int Index { get; set; }

    public override string Kind => "loop";

    public int Level => depth;

    public Value? Find(string name) => name switch
    {
        "index" => new WholeValue(Index + 1),
        "index0" => new WholeValue(Index),
        "revindex" => new WholeValue(items.Count - Index),
        "revindex0" => new WholeValue(items.Count - Index - 1),
        "first" => BoolValue.Of(Index == 0),
        "last" => BoolValue.Of(Index == items.Count - 1),
        "length" => new WholeValue(items.Count),
        "depth" => new WholeValue(depth),
        "depth0" => new WholeValue(depth - 1),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new UndefinedValue("there is no next item"),
        "cycle" => new FunctionValue(name, (_, arguments) => arguments.Positional.Count > 0
            ? arguments.Positional[Index % arguments.Positional.Count]
            : throw Fault("no items for cycling given")),
        "changed" => new FunctionValue(name, (interpreter, arguments) =>
        {
            var now = new ListValue(arguments.Positional, isTuple: true);
            var changed = _changed is null || !Operators.AreEqual(_changed, now, interpreter.Budget);
            _changed = now;
            return BoolValue.Of(changed);
        }),
        _ => null,
    };
}
