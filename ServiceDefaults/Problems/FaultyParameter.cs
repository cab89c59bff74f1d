using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// Names the member of a request's body in which its bytes stop being JSON, nest too deep, stop being Unicode, or name something twice, so that its sender
/// knows where to look. For bodies that are refused anyway: it reads them again.
/// </summary>
public static class FaultyParameter
{
    private const int MaxNameLength = 64;

    /// <summary>What is twice among more members than this is not looked for: their names would take more memory than the body.</summary>
    private const int MaxNames = 10_000;

    /// <summary>The member's name; null where the fault is in none, or its name can't be shown.</summary>
    public static string? Find(ReadOnlySpan<byte> body, int maxDepth)
    {
        var invalid = FirstInvalid(body);
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = maxDepth });
        var names = new Stack<HashSet<string>>();
        var left = MaxNames;
        string? name = null;
        try
        {
            while (reader.Read() && reader.BytesConsumed <= invalid)
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                    name = Shown(reader.ValueSpan);
                if (reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped)
                    reader.GetString();
                if (reader.TokenType == JsonTokenType.StartObject)
                    names.Push(new HashSet<string>(StringComparer.Ordinal));
                else if (reader.TokenType == JsonTokenType.EndObject)
                    names.Pop();
                else if (reader.TokenType == JsonTokenType.PropertyName && left-- > 0 && !names.Peek().Add(reader.GetString()!))
                    return reader.CurrentDepth == 1 ? Shown(Encoding.UTF8.GetBytes(reader.GetString()!)) : name;
                if (reader.CurrentDepth == 1 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.PropertyName))
                    name = null; // Its value is over.
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Here it is: no JSON, too deep, or half of a surrogate pair.
        }

        return name;
    }

    private static long FirstInvalid(ReadOnlySpan<byte> body)
    {
        var at = 0;
        while (at < body.Length)
        {
            if (Rune.DecodeFromUtf8(body[at..], out _, out var length) != OperationStatus.Done)
                return at;
            at += length;
        }

        return long.MaxValue;
    }

    private static string? Shown(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaxNameLength)
            return null;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && c is not ((byte)'_' or (byte)'-' or (byte)'.'))
                return null;
        }

        return Encoding.ASCII.GetString(name);
    }
}
