namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>What a function, a filter or a test was called with, the value that a filter is applied to not included.</summary>
internal sealed class Arguments(string callee, IReadOnlyList<Value> positional, IReadOnlyList<(string Name, Value Value)> named)
{
    public IReadOnlyList<Value> Positional => positional;

    public IReadOnlyList<(string Name, Value Value)> Named => named;

    /// <summary>The argument of this place or name, or null.</summary>
    public Value? Find(int index, string name)
    {
        if (index < positional.Count)
        {
            return positional[index];
        }

        foreach (var (given, value) in named)
        {
            if (given == name)
            {
                return value;
            }
        }

        return null;
    }

    public Value Get(int index, string name) => Find(index, name) ?? throw Value.Fault($"'{callee}' misses its argument '{name}'");

    public long? Whole(int index, string name) => Find(index, name) switch
    {
        null or NoneValue => null,
        var value => Operators.Whole(value),
    };

    public bool Flag(int index, string name, bool otherwise = false) => Find(index, name)?.IsTrue ?? otherwise;

    public Text? Text(int index, string name) => Find(index, name) switch
    {
        null or NoneValue => null,
        TextValue text => text.Text,
        var value => throw Value.Fault($"'{callee}' takes a str as '{name}', not {value.Kind}"),
    };

    /// <summary>Faults where there are more arguments than the callee knows.</summary>
    public Arguments Only(params ReadOnlySpan<string> names)
    {
        if (positional.Count > names.Length)
        {
            throw Value.Fault($"'{callee}' takes at most {names.Length} arguments, not {positional.Count}");
        }

        foreach (var (name, _) in named)
        {
            if (!names.Contains(name))
            {
                throw Value.Fault($"'{callee}' has no argument '{name}'");
            }
        }

        return this;
    }
}
