using System.Text.Json;

namespace Zakenak.Gateway.Screening;

/// <summary>What a body says about the tokens it may take. A value of the wrong type counts as absent: the model server refuses it by name.</summary>
/// <param name="MaxTokens">The larger of <c>max_completion_tokens</c> and <c>max_tokens</c>; of each choice.</param>
/// <param name="Choices">Of <c>n</c>.</param>
/// <param name="Extended">Whether the member <c>zakenak</c> is there: with features the prompt holds more than the body.</param>
internal readonly record struct AskedTokens(int? MaxTokens, int Choices, bool Extended)
{
    /// <summary>OpenAI's own bound. Beyond it nobody means what is asked, and no budget of tokens is told to have been too small for it.</summary>
    public const int MaxChoices = 128;

    public static AskedTokens Nothing { get; } = new(null, 1, false);

    /// <summary>Takes the value of the member at which the reader stands, or says that it is none of these.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, ref AskedTokens asked)
    {
        if (reader.ValueTextEquals("max_completion_tokens"u8) || reader.ValueTextEquals("max_tokens"u8))
        {
            // Where both are there the model server takes one of them: the larger bounds either.
            asked = Number(ref reader) is { } tokens ? asked with { MaxTokens = Math.Max(asked.MaxTokens ?? 0, tokens) } : asked;
        }
        else if (reader.ValueTextEquals("n"u8))
        {
            asked = asked with { Choices = Number(ref reader) ?? 1 };
        }
        else if (reader.ValueTextEquals("zakenak"u8))
        {
            asked = asked with { Extended = true };
            reader.Skip();
        }
        else
        {
            return false;
        }

        return true;
    }

    private static int? Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number)
            return reader.TryGetInt32(out var number) && number > 0 ? number : null;
        reader.Skip();
        return null;
    }
}
