using System.Text;
using System.Text.Json;
using Zakenak.Engine;

namespace Zakenak.ModelServer.Completions;

/// <summary>Writes <c>logprobs</c> in OpenAI's shape.</summary>
internal static class LogprobsWriter
{
    // What a logarithm of nothing is said to be; JSON has no infinity.
    private const float Least = -9999;

    /// <summary>An object, or null where there are none.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<TokenLogprobs>? tokens, Vocabulary vocabulary)
    {
        if (tokens is null)
        {
            json.WriteNull("logprobs"u8);
            return;
        }

        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("content"u8);
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            Write(json, vocabulary, token.Token, token.Logprob);
            json.WriteStartArray("top_logprobs"u8);
            foreach (var (other, logprob) in token.Top)
            {
                json.WriteStartObject();
                Write(json, vocabulary, other, logprob);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Vocabulary vocabulary, int token, float logprob)
    {
        var bytes = vocabulary.Piece(token);
        json.WriteString("token"u8, Encoding.UTF8.GetString(bytes));
        json.WriteNumber("logprob"u8, Math.Max(logprob, Least));
        json.WriteStartArray("bytes"u8);
        foreach (var value in bytes)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
