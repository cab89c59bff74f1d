using System.Text.Json;
using System.Text.Unicode;

namespace Zakenak.ModelTrust.Signing;

/// <summary>
/// Reads untrusted JSON member by member and remembers the first thing that is not as it must be; after that every read is empty.
/// Depth is bounded and a duplicate member is refused, because two parsers may disagree on which of the two counts.
/// </summary>
/// <param name="what">How the document is called in a refusal.</param>
/// <param name="code">The code of a refusal that has none of its own.</param>
/// <param name="remedy">What to do about it.</param>
internal sealed class JsonShape(
    string what,
    string code = RefusalCodes.SignatureMalformed,
    string remedy = "Get it again from where it was signed, or sign the model again.")
{
    private const int MaxDepth = 32;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    public Refusal? Failure { get; private set; }

    public void Fail(string problem, string? otherCode = null) => Failure ??= new Refusal(otherCode ?? code, $"{what} {problem}. {remedy}");

    /// <summary>The root object, which lives as long as the document: detached, so that nothing has to be disposed.</summary>
    public JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        // System.Text.Json finds bad UTF-8 only when a string is read: refuse it before anything is.
        if (!Utf8.IsValid(json.Span))
        {
            Fail("is not UTF-8");
            return default;
        }

        try
        {
            using var document = JsonDocument.Parse(json, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document.RootElement.Clone();
            }

            Fail("is not a JSON object");
        }
        catch (JsonException e)
        {
            Fail($"is not the JSON it must be (line {e.LineNumber + 1}, byte {e.BytePositionInLine}: too deep, a member twice, or broken)");
        }
        catch (InvalidOperationException)
        {
            Fail("has a string with half a surrogate pair");
        }

        return default;
    }

    public JsonElement Member(JsonElement parent, string name, JsonValueKind kind)
    {
        var value = Optional(parent, name);
        if (value.ValueKind != kind)
        {
            Fail($"must have a member '{name}' of kind {kind}");
            return default;
        }

        return value;
    }

    public JsonElement Optional(JsonElement parent, string name) =>
        Failure is null && parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : default;

    public string Text(JsonElement parent, string name) => Item(Member(parent, name, JsonValueKind.String), name);

    /// <summary>The text of an array's item.</summary>
    public string Item(JsonElement value, string name)
    {
        if (Failure is not null || value.ValueKind != JsonValueKind.String)
        {
            Fail($"must have text as '{name}'");
            return "";
        }

        if (TextOf(value) is { } text)
        {
            return text;
        }

        Fail($"has half a surrogate pair in '{name}'");
        return "";
    }

    /// <summary>Null where it is no text, or text with half a surrogate pair.</summary>
    public static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Canonical standard Base64 only: what decodes to the same bytes in two spellings would let a changed file pass.</summary>
    public byte[] Base64(JsonElement parent, string name)
    {
        var text = Text(parent, name);
        if (Failure is null)
        {
            try
            {
                var bytes = Convert.FromBase64String(text);
                if (bytes.Length > 0 && Convert.ToBase64String(bytes) == text)
                {
                    return bytes;
                }
            }
            catch (FormatException)
            {
            }

            Fail($"must have standard Base64 as '{name}'");
        }

        return [];
    }

    public bool Boolean(JsonElement parent, string name)
    {
        var value = Optional(parent, name);
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Fail($"must have true or false as '{name}'");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>A member that this version does not know may change the meaning of the ones that it does.</summary>
    public void Only(JsonElement parent, params ReadOnlySpan<string> known)
    {
        if (Failure is not null || parent.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var member in parent.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                Fail($"has the member '{member.Name[..Math.Min(member.Name.Length, 64)]}', which this version does not know");
                return;
            }
        }
    }
}
