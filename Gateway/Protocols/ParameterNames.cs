using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zakenak.Gateway.Protocols;

/// <summary>What a protocol calls the parameters of the one shape: whoever sent <c>num_predict</c> is not told that <c>max_tokens</c> is wrong.</summary>
/// <param name="names">The one shape's name, the protocol's own, and whether what follows the name means the same in both; the longest first.</param>
internal sealed class ParameterNames(params IReadOnlyList<(string Chat, string Own, bool KeepRest)> names)
{
    public static ParameterNames Same { get; } = new([]);

    /// <summary>An error in OpenAI's shape, by the client's names.</summary>
    public JsonElement Rename(JsonElement answer)
    {
        if (!answer.TryGetProperty("error", out var error) || !error.TryGetProperty("param", out var param) || param.GetString() is not { } name
            || OwnName(name) is not { } own)
            return answer;
        var renamed = JsonObject.Create(error)!;
        renamed["param"] = own;
        renamed["message"] = error.GetProperty("message").GetString()!.Replace($"'{name}'", $"'{own}'", StringComparison.Ordinal);
        return JsonSerializer.SerializeToElement(new JsonObject { ["error"] = renamed });
    }

    private string? OwnName(string name)
    {
        foreach (var (chat, own, keepRest) in names)
        {
            if (name == chat || (name.StartsWith(chat, StringComparison.Ordinal) && name[chat.Length] is ('.' or '[' or '/')))
                return keepRest ? own + name[chat.Length..] : own;
        }

        return null;
    }
}
