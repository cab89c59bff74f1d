using System.Text.Json;

namespace Zakenak.Audit;

/// <summary>Takes the details of one entry: names are the program's own; text that is too long is shortened, as everywhere in a record.</summary>
public readonly ref struct AuditDetails
{
    private readonly Utf8JsonWriter _json;

    internal AuditDetails(Utf8JsonWriter json) => _json = json;

    /// <summary>Nothing, where <paramref name="value"/> is null.</summary>
    public void Write(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(name, AuditLine.Clip(value));
        }
    }

    /// <summary>Nothing, where <paramref name="value"/> is null.</summary>
    public void Write(ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            _json.WriteNumber(name, number);
        }
    }

    internal void Write(string name, string value) => _json.WriteString(name, AuditLine.Clip(value));
}
