using System.Net.Http.Headers;
using System.Text;

namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>Asks for completions, with one key after the other.</summary>
internal sealed class Asker(IReadOnlyList<string> keys, HttpMessageHandler? handler = null) : IDisposable
{
    private readonly HttpClient _client = new(handler ?? new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = int.MaxValue }) { Timeout = Timeout.InfiniteTimeSpan };
    private int _turn;

    /// <summary>Returns with the headers.</summary>
    public async Task<HttpResponseMessage> AskAsync(Uri proxy, string body, CancellationToken cancellation, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy, "/v1/chat/completions"))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? keys[(int)((uint)Interlocked.Increment(ref _turn) % keys.Count)]);
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    public async Task<bool> IsAnsweredAsync(Uri proxy, string body, CancellationToken cancellation)
    {
        using var answer = await AskAsync(proxy, body, cancellation);
        return answer.IsSuccessStatusCode && (await answer.Content.ReadAsStringAsync(cancellation)).Length > 0;
    }

    public void Dispose() => _client.Dispose();
}
