namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Reads what gives names to values, and remembers them: targets of assignments and loops, parameters, macros.</summary>
internal sealed class DeclarationParser(TokenReader tokens, ExpressionParser expressions)
{
    private readonly HashSet<string> _names = new(Functions.Names, StringComparer.Ordinal) { "caller" };

    /// <summary>True if something of that name is there to be called.</summary>
    public bool IsKnown(string name) => _names.Contains(name);

    /// <summary>A new name.</summary>
    public string ReadName()
    {
        var name = tokens.Name();
        _names.Add(name);
        return name;
    }

    /// <summary>Parameters in parentheses, with what they are by default.</summary>
    public List<(string Name, Expression? Default)> ReadParameters()
    {
        tokens.Operator("(");
        var parameters = new List<(string, Expression?)>();
        while (!tokens.TryOperator(")"))
        {
            var name = ReadName();
            parameters.Add((name, tokens.TryOperator("=") ? expressions.Read() : null));
            if (!tokens.IsOperator(")"))
            {
                tokens.Operator(",");
            }
        }

        return parameters;
    }

    /// <summary>A variable, or several that a value is unpacked into; with <paramref name="attributes"/> also a namespace's member.</summary>
    public Target ReadTarget(bool attributes)
    {
        var at = tokens.Current.At;
        var parts = new List<Target>();
        var several = false;
        do
        {
            if (parts.Count > 0 && (tokens.IsName("in") || tokens.IsOperator("=")))
            {
                break;
            }

            parts.Add(ReadOneTarget(attributes));
            several |= tokens.IsOperator(",");
        }
        while (tokens.TryOperator(","));

        return several ? new Target(at, string.Empty, null, parts) : parts[0];
    }

    private Target ReadOneTarget(bool attributes)
    {
        var at = tokens.Current.At;
        if (tokens.TryOperator("("))
        {
            tokens.Deeper();
            var inner = ReadTarget(attributes: false);
            tokens.Back();
            tokens.Operator(")");
            return inner;
        }

        var name = tokens.Name();
        if (attributes && tokens.TryOperator("."))
        {
            return new Target(at, name, tokens.Name(), null);
        }

        if (name is "true" or "True" or "false" or "False" or "none" or "None" or "loop")
        {
            throw TokenReader.Unsupported($"'{name}' as a variable", at);
        }

        _names.Add(name);
        return new Target(at, name, null, null);
    }
}
