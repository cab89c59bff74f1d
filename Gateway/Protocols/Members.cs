using System.Runtime.InteropServices;
using System.Text.Json;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Protocols;

/// <summary>
/// The members of one JSON object of a request, taken one by one: remembers the first that is wrong, by its full name, and which ones nobody
/// took. Null counts as absent, as with OpenAI. Values are not checked beyond their kind where the model server checks them anyway.
/// </summary>
internal sealed class Members(JsonElement element, string path = "")
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>What is wrong; null while nothing is.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>The members of an object within, or none where there is no object.</summary>
    public static Members Of(JsonElement element, string path) => new(element.ValueKind == JsonValueKind.Object ? element : default, path);

    /// <summary>The bytes of a value as the client wrote them.</summary>
    public static ReadOnlySpan<byte> Raw(JsonElement value) => JsonMarshal.GetRawUtf8Value(value);

    public string Name(string member) => path.Length == 0 ? member : $"{path}.{member}";

    /// <summary>A member that is there and not null.</summary>
    public bool Take(string member, out JsonElement value)
    {
        _taken.Add(member);
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>A member of this kind; of another one it is refused.</summary>
    public JsonElement? Take(string member, JsonValueKind kind)
    {
        if (!Take(member, out var value))
            return null;
        if (value.ValueKind == kind)
            return value;
        Refuse(member, kind switch
        {
            JsonValueKind.Object => "must be an object",
            JsonValueKind.Array => "must be an array",
            _ => "must be a string",
        });
        return null;
    }

    /// <summary>A truth value; null where there is none.</summary>
    public bool? TakeBoolean(string member)
    {
        if (!Take(member, out var value))
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Refuse(member, "must be true or false");
        return null;
    }

    /// <summary>The text of a string that a program compares; null where there is none.</summary>
    public string? TakeWord(string member)
    {
        if (Take(member, JsonValueKind.String) is not { } value)
            return null;
        if (!Raw(value).Contains((byte)'\\'))
            return value.GetString();
        Refuse(member, "must be a plain word");
        return null;
    }

    /// <summary>Copies members that mean the same in both shapes.</summary>
    public void Copy(Utf8JsonWriter json, params ReadOnlySpan<string> members)
    {
        foreach (var member in members)
            CopyAs(member, member, json);
    }

    /// <summary>Copies a member under the name that it has in the one shape.</summary>
    public void CopyAs(string member, string name, Utf8JsonWriter json)
    {
        if (Take(member, out var value))
            Write(json, name, value);
    }

    /// <summary>Refuses members that ask for what there isn't, unless they say that they don't.</summary>
    public void RefuseIfAsked(string why, params ReadOnlySpan<string> members)
    {
        foreach (var member in members)
        {
            if (Take(member, out var value) && !IsNothing(value))
                Refuse(new Refusal(StatusCodes.Status400BadRequest, "unsupported_parameter", $"'{Name(member)}' is not supported: {why}.", Name(member)));
        }
    }

    /// <summary>
    /// Hands what nobody took to the model server, by name and without a value: it is the one to tell the client that it was ignored, or to
    /// refuse it in strict mode. A name that means something there, but not here, is refused.
    /// </summary>
    public void PassUnknown(Utf8JsonWriter json)
    {
        foreach (var member in element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : default)
        {
            if (_taken.Contains(member.Name))
                continue;
            if (ChatMembers.Names.Contains(Name(member.Name)))
                Refuse(new Refusal(StatusCodes.Status400BadRequest, "unknown_parameter", $"'{Name(member.Name)}' is not a parameter here.", Name(member.Name)));
            else
                json.WriteNull(Name(member.Name));
        }
    }

    public void Refuse(string member, string what) =>
        Refuse(new Refusal(StatusCodes.Status400BadRequest, "invalid_type", $"'{Name(member)}' {what}.", Name(member)));

    public void Refuse(Refusal? refusal) => Refusal ??= refusal;

    public static void Write(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(Raw(value), skipInputValidation: true);
    }

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.False => true,
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };
}
