namespace Zakenak.Gateway.Forwarding;

/// <summary>Why an answer ended, by its own word: one of a few that are known, because what is written down must not be a model's text.</summary>
internal static class FinishReason
{
    /// <summary>After it come the end of the choice and usage.</summary>
    private const int TailBytes = 4096;

    private static readonly string[] _known = ["stop", "length", "tool_calls", "content_filter"];

    /// <summary>The last one in an event or answer; null where it says none. Text of a model can't be taken for it: there every quote is escaped.</summary>
    public static string? Find(ReadOnlySpan<byte> json)
    {
        var tail = json[Math.Max(0, json.Length - TailBytes)..];
        var at = tail.LastIndexOf("\"finish_reason\":\""u8);
        if (at < 0)
            return null;
        var value = tail[(at + "\"finish_reason\":\""u8.Length)..];
        var end = value.IndexOf((byte)'"');
        foreach (var known in _known)
        {
            if (end == known.Length && System.Text.Ascii.Equals(value[..end], known))
                return known;
        }

        return null;
    }
}
