using System.Text;
using System.Text.Json;

namespace Zakenak.Gateway.Screening;

/// <summary>Names the member of a body in which its bytes stop being JSON, nest too deep, or stop being Unicode, so that its sender knows where to look.</summary>
internal static class FaultyParameter
{
    private const int MaxNameLength = 64;

    /// <summary>The member's name; null where the fault is in none, or its name can't be shown.</summary>
    public static string? Find(ReadOnlySpan<byte> body, int maxDepth)
    {
        var invalid = FirstInvalid(body);
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = maxDepth });
        string? name = null;
        try
        {
            while (reader.Read() && reader.BytesConsumed <= invalid)
            {
                if (reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped)
                    reader.GetString();
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                    name = Shown(reader.ValueSpan);
                else if (reader.CurrentDepth == 1 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
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
            if (Rune.DecodeFromUtf8(body[at..], out _, out var length) != System.Buffers.OperationStatus.Done)
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
