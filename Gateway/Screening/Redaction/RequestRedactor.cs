using System.Text.Json;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>
/// Redacts the texts of a request before a model server gets it: what messages say, in one piece or in parts, the arguments of their calls of tools,
/// and what is to be embedded or counted.
/// </summary>
internal sealed class RequestRedactor(PatternSet patterns, Action<Pattern> found)
{
    /// <summary>The body without them; null where there is nothing to take out.</summary>
    /// <exception cref="InvalidOperationException">A string holds half of a surrogate pair.</exception>
    public byte[]? Redact(ReadOnlySpan<byte> body, int maxDepth)
    {
        using var spliced = new SplicedJson();
        spliced.Begin();
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = maxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals("input"u8);
            var holdsTexts = isInput || reader.ValueTextEquals("messages"u8);
            reader.Read();
            if (holdsTexts)
                RedactWithin(ref reader, body, spliced, isText: isInput);
            else
                reader.Skip();
        }

        return spliced.IsChanged ? spliced.End(body).ToArray() : null;
    }

    /// <summary>All strings of the value that are texts by the name of the member that holds them.</summary>
    private void RedactWithin(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, SplicedJson spliced, bool isText)
    {
        var depth = reader.CurrentDepth;
        var isArguments = false;
        do
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                isArguments = reader.ValueTextEquals("arguments"u8);
                isText = isArguments || reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("text"u8);
            }
            else if (reader.TokenType == JsonTokenType.String && isText)
            {
                using ITextRedactor redactor = isArguments ? new JsonTextRedactor(patterns, found) : new TextRedactor(patterns, found);
                spliced.Redact(body, (int)reader.TokenStartIndex, (int)reader.BytesConsumed, redactor, isEnd: true);
            }
        }
        while ((reader.CurrentDepth > depth || reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) && reader.Read());
    }
}
