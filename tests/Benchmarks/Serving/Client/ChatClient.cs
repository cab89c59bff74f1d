using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Zakenak.Benchmarks.Serving.Client;

/// <summary>Streams chat completions and notes when each piece arrives.</summary>
internal sealed class ChatClient : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http;

    public ChatClient(bool insecure)
    {
        var handler = new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2), UseProxy = false };
        if (insecure)
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        _http = new HttpClient(handler) { Timeout = _patience };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The first model that the endpoint lists.</summary>
    public async Task<string> FirstModelAsync(Uri url, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, "/v1/models"));
        Authorize(request, key);
        using var response = await _http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        using var document = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        return document.RootElement.GetProperty("data")[0].GetProperty("id").GetString()!;
    }

    /// <summary>Sends one request. Never throws for what the endpoint does: <see cref="Exchange.Error"/> says it.</summary>
    public async Task<Exchange> StreamAsync(
        Peer peer, IReadOnlyList<ChatMessage> messages, int maxTokens, bool second = false, Action<Exchange>? onContent = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(peer.Url, "/v1/chat/completions"));
        request.Content = new ByteArrayContent(Body(peer, messages, maxTokens)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        Authorize(request, second ? peer.SecondKey ?? peer.Key : peer.Key);
        var exchange = new Exchange();
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!response.IsSuccessStatusCode)
                exchange.Error = $"status {(int)response.StatusCode}";
            else
                await ReadAsync(response, exchange, onContent, cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            exchange.Error = cancellation.IsCancellationRequested ? "cancelled" : e.GetType().Name;
        }

        exchange.End();
        return exchange;
    }

    private static async Task ReadAsync(HttpResponseMessage response, Exchange exchange, Action<Exchange>? onContent, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
        exchange.Error = "the stream ended before [DONE]";
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            if (line == "data: [DONE]")
            {
                exchange.Error = null;
                break;
            }

            using var document = JsonDocument.Parse(line.AsMemory(6));
            if (document.RootElement.TryGetProperty("error", out _))
            {
                exchange.Error = "an error event";
                break;
            }

            if (ContentOf(document.RootElement) is { Length: > 0 } content)
            {
                exchange.Content();
                text.Append(content);
                onContent?.Invoke(exchange);
            }

            ReadUsage(document.RootElement, exchange);
        }

        exchange.Text = text.ToString();
    }

    private static string? ContentOf(JsonElement chunk) =>
        chunk.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0
            && choices[0].TryGetProperty("delta", out var delta)
            && delta.TryGetProperty("content", out var content)
            && content.ValueKind == JsonValueKind.String
            ? content.GetString()
            : null;

    private static void ReadUsage(JsonElement chunk, Exchange exchange)
    {
        if (!chunk.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object)
            return;
        exchange.PromptTokens = usage.GetProperty("prompt_tokens").GetInt32();
        exchange.CompletionTokens = usage.GetProperty("completion_tokens").GetInt32();
        if (usage.TryGetProperty("prompt_tokens_details", out var details) && details.TryGetProperty("cached_tokens", out var cached))
            exchange.CachedTokens = cached.GetInt32();
    }

    private static byte[] Body(Peer peer, IReadOnlyList<ChatMessage> messages, int maxTokens)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("model", peer.Model);
            json.WriteBoolean("stream", true);
            json.WriteStartObject("stream_options");
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
            json.WriteNumber("max_tokens", maxTokens);
            json.WriteNumber("temperature", 0);
            json.WriteStartArray("messages");
            foreach (var message in messages)
            {
                json.WriteStartObject();
                json.WriteString("role", message.Role);
                json.WriteString("content", message.Content);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void Authorize(HttpRequestMessage request, string? key)
    {
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }
}
