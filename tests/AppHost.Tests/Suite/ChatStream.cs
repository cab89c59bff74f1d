using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>Requests and streams as a plain HTTP client sees them.</summary>
internal static class ChatStream
{
    public static StringContent Request(string question, bool stream = false, int maxTokens = 48, string model = "guide:v1", JsonObject? extra = null)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["stream"] = stream,
            ["max_tokens"] = maxTokens,
            ["temperature"] = 0,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }),
        };
        foreach (var (name, value) in extra ?? [])
        {
            body[name] = value?.DeepClone();
        }

        return new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
    }

    public static async Task<HttpResponseMessage> OpenAsync(HttpClient client, StringContent request, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = request };
        return await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>The data of each event, as it arrives.</summary>
    public static async IAsyncEnumerable<string> EventsAsync(HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                yield return line["data: ".Length..];
            }
        }
    }

    public static string Delta(string data) =>
        data == "[DONE]" ? "" : (string?)JsonNode.Parse(data)!["choices"]?.AsArray().FirstOrDefault()?["delta"]?["content"] ?? "";
}
