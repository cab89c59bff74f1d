namespace Zakenak.Benchmarks.Serving;

/// <summary>Options of the form NAME=VALUE, in the order given.</summary>
internal static class NamedValues
{
    /// <exception cref="FormatException">One has another form; the message names it.</exception>
    public static OrderedDictionary<string, string> Of(IEnumerable<string>? options)
    {
        var values = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in options ?? [])
        {
            if (option.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } value])
                throw new FormatException($"'{option}' is not of the form NAME=VALUE.");
            values[name] = value;
        }

        return values;
    }
}
