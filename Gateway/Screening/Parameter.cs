using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Zakenak.Gateway.Screening;

/// <summary>A member of a request's body that the gateway knows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kinds">What its value may be.</param>
/// <param name="Min">Of a number: the least.</param>
/// <param name="Max">Of a number: the most.</param>
internal sealed record Parameter(string Name, ValueKinds Kinds, double Min = 0, double Max = 0)
{
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);

    /// <summary>What a value must be, for people.</summary>
    public string Rule { get; } = string.Create(CultureInfo.InvariantCulture, $"must be {string.Join(" or ", Words(Kinds))}{(double.IsInfinity(Max) ? " of 64 bits" : (Kinds & (ValueKinds.Number | ValueKinds.Integer)) == 0 ? "" : $" from {Min} to {Max}")}");

    /// <summary>Whether the value that the reader is at is of the right kind.</summary>
    public bool IsOfKind(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => true,
        JsonTokenType.String => (Kinds & ValueKinds.Text) != 0,
        JsonTokenType.True or JsonTokenType.False => (Kinds & ValueKinds.Boolean) != 0,
        JsonTokenType.Number => (Kinds & (ValueKinds.Number | ValueKinds.Integer)) != 0,
        JsonTokenType.StartArray => (Kinds & ValueKinds.Array) != 0,
        _ => (Kinds & ValueKinds.Object) != 0,
    };

    /// <summary>Whether the number that the reader is at is in range. What is beyond all numbers, as 1e400, is in none.</summary>
    public bool IsInRange(ref Utf8JsonReader reader) => (Kinds & ValueKinds.Integer) != 0
        ? reader.TryGetInt64(out var whole) && whole >= Min && whole <= Max
        : reader.TryGetDouble(out var number) && number >= Min && number <= Max;

    private static IEnumerable<string> Words(ValueKinds kinds)
    {
        if ((kinds & ValueKinds.Text) != 0)
            yield return "a string";
        if ((kinds & ValueKinds.Boolean) != 0)
            yield return "true or false";
        if ((kinds & ValueKinds.Array) != 0)
            yield return "an array";
        if ((kinds & ValueKinds.Object) != 0)
            yield return "an object";
        if ((kinds & ValueKinds.Integer) != 0)
            yield return "an integer";
        if ((kinds & ValueKinds.Number) != 0)
            yield return "a number";
    }
}
