using System.Text.Json;

namespace Zakenak.Gateway.Screening;

/// <summary>
/// By which bytes a conversation is known again: from the content's first byte to the end of the first message of a user. Later turns
/// repeat them and add to them, while system prompts alone are the same in many conversations.
/// </summary>
internal static class PromptPrefix
{
    /// <summary>Where they lie in the body. The reader stands at the content and is left at its end.</summary>
    public static Range Read(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        var end = 0;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (SkipMessage(ref reader) && end == 0)
                    end = (int)reader.BytesConsumed;
            }
        }

        return start..(end == 0 ? (int)reader.BytesConsumed : end);
    }

    /// <summary>Whether it was a user's.</summary>
    private static bool SkipMessage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        var isUsers = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRole = reader.ValueTextEquals("role"u8);
            reader.Read();
            if (isRole && reader.TokenType == JsonTokenType.String)
                isUsers = reader.ValueTextEquals("user"u8);
            else
                reader.Skip();
        }

        return isUsers;
    }
}
