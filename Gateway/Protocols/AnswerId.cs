using System.Text.Json;

namespace Zakenak.Gateway.Protocols;

/// <summary>Ids in other protocols: the chat completion's own, under their prefix, so that all name the same request.</summary>
internal static class AnswerId
{
    private const string Chat = "chatcmpl-";

    public static string Of(JsonElement chat, string prefix)
    {
        var id = chat.GetProperty("id").GetString()!;
        return prefix + (id.StartsWith(Chat, StringComparison.Ordinal) ? id[Chat.Length..] : id);
    }
}
