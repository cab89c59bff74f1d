using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Reads the fields of one JSON object and remembers the first thing that is wrong with them, by its full name. Null counts as absent, as with OpenAI.</summary>
public sealed class JsonFields(JsonElement element, string path = "")
{
    /// <summary>What is wrong; null while nothing is.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>The full name of a field.</summary>
    public string Name(string field) => path.Length == 0 ? field : $"{path}.{field}";

    /// <summary>A field that is there and not null.</summary>
    public bool TryGet(string field, out JsonElement value)
    {
        if (element.TryGetProperty(field, out value) && value.ValueKind is not JsonValueKind.Null)
        {
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>A number from <paramref name="min"/> to <paramref name="max"/>.</summary>
    public double? Number(string field, double min, double max)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Refuse(field, $"must be a number from {min} to {max}");
        return null;
    }

    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>.</summary>
    public long? WholeNumber(string field, long min, long max)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Refuse(field, $"must be an integer from {min} to {max}");
        return null;
    }

    /// <summary>A truth value.</summary>
    public bool? Boolean(string field)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Refuse(field, "must be true or false");
        return null;
    }

    /// <summary>A string of 1 to <paramref name="maxLength"/> characters.</summary>
    public string? Text(string field, int maxLength)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (TryGetText(value, out var text) && text.Length >= 1 && text.Length <= maxLength)
        {
            return text;
        }

        Refuse(field, $"must be a string of 1 to {maxLength} characters");
        return null;
    }

    /// <summary>A field that is an object.</summary>
    public JsonElement? Nested(string field) => Of(field, JsonValueKind.Object, "must be an object");

    /// <summary>A field that is an array of at most <paramref name="maxItems"/>.</summary>
    public JsonElement? List(string field, int maxItems)
    {
        if (Of(field, JsonValueKind.Array, "must be an array") is not { } array)
        {
            return null;
        }

        if (array.GetArrayLength() <= maxItems)
        {
            return array;
        }

        Refuse(field, $"must have at most {maxItems} items");
        return null;
    }

    /// <summary>Remembers that a field is wrong.</summary>
    public void Refuse(string field, string message) => Refuse(RequestRefusals.Invalid(Name(field), $"'{Name(field)}' {message}."));

    /// <summary>Remembers a refusal, if it is the first.</summary>
    public void Refuse(Refusal? refusal) => Refusal ??= refusal;

    /// <summary>The text of a JSON string; false for other kinds and for one whose escapes are half a surrogate pair.</summary>
    public static bool TryGetText(JsonElement value, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = value.GetString();
        }
        catch (InvalidOperationException)
        {
            // The reader's only way to say that "\ud800" is no text.
        }

        return text is not null;
    }

    private JsonElement? Of(string field, JsonValueKind kind, string message)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        if (value.ValueKind == kind)
        {
            return value;
        }

        Refuse(field, message);
        return null;
    }
}
