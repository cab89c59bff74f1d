using System.Text.Json;
using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Forwarding;

/// <summary>
/// Finds <c>usage</c> by looking at the end of an answer only. Text that a model wrote can't be taken for it: inside a JSON
/// string every quote is escaped, so the bytes <c>"usage"</c> never occur there.
/// </summary>
internal static class UsageTail
{
    /// <summary>Usage with all its details is well under this; it is the last or nearly the last member.</summary>
    private const int TailBytes = 2048;

    /// <summary>The usage of an answer or event, or null where it has none.</summary>
    public static TokenUsage? Read(ReadOnlySpan<byte> json)
    {
        var tail = json[Math.Max(0, json.Length - TailBytes)..];
        var at = tail.LastIndexOf("\"usage\""u8);
        if (at < 0)
            return null;
        return ReadObject(tail[(at + "\"usage\""u8.Length)..].TrimStart(" :"u8));
    }

    /// <summary>The usage of which these are the first bytes, or null where they are something else.</summary>
    public static TokenUsage? ReadObject(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, isFinalBlock: false, state: default);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            int? input = null, output = null, total = null;
            var cached = 0;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isInput = reader.ValueTextEquals("prompt_tokens"u8);
                var isOutput = reader.ValueTextEquals("completion_tokens"u8);
                var isTotal = reader.ValueTextEquals("total_tokens"u8);
                var isDetails = reader.ValueTextEquals("prompt_tokens_details"u8);
                reader.Read();
                if (isInput && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var prompt))
                    input = prompt;
                else if (isOutput && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var completion))
                    output = completion;
                else if (isTotal && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var sum))
                    total = sum;
                else if (isDetails && reader.TokenType == JsonTokenType.StartObject)
                    cached = ReadCached(ref reader);
                else if (!reader.TrySkip())
                    break;
            }

            // An embedding has no completion, and says so by leaving it out. Less than nothing would give others' tokens back.
            return input is >= 0 and { } i && (output ?? total - i) is >= 0 and { } o ? new TokenUsage(i, o, Math.Clamp(cached, 0, i)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int ReadCached(ref Utf8JsonReader details)
    {
        var cached = 0;
        while (details.Read() && details.TokenType == JsonTokenType.PropertyName)
        {
            var isCached = details.ValueTextEquals("cached_tokens"u8);
            details.Read();
            if (isCached && details.TokenType == JsonTokenType.Number && details.TryGetInt32(out var tokens))
                cached = tokens;
            else if (!details.TrySkip())
                break;
        }

        return cached;
    }
}
