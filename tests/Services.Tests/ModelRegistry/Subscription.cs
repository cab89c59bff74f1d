using System.Net.ServerSentEvents;
using System.Text.Json;
using Zakenak.Contracts;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>One stream of <c>/v1/events</c>.</summary>
internal sealed class Subscription : IAsyncDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private Subscription(HttpResponseMessage answer, Stream stream) =>
        (_answer, _items) = (answer, SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator());

    /// <summary>Returns when the registry has counted it in.</summary>
    public static async Task<Subscription> OpenAsync(HttpClient client, long? after = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        if (after is { } id)
        {
            request.Headers.Add("Last-Event-ID", id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal((200, "text/event-stream"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        return new Subscription(answer, await answer.Content.ReadAsStreamAsync());
    }

    public static async Task<(int Status, string? Code)> RefusalOfAsync(HttpClient client, string after)
    {
        using var answer = await client.GetAsync("/v1/events?after=" + after);
        return ((int)answer.StatusCode, await RegistryCalls.CodeOfAsync(answer));
    }

    public async Task<(long Id, string Kind, RegistryEvent Data)> NextAsync()
    {
        Assert.True(await _items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60)), "the stream ended");
        var item = _items.Current;
        return (long.Parse(item.EventId!, System.Globalization.CultureInfo.InvariantCulture), item.EventType, JsonSerializer.Deserialize<RegistryEvent>(item.Data)!);
    }

    public async ValueTask DisposeAsync()
    {
        _answer.Dispose();
        try
        {
            await _items.DisposeAsync();
        }
        catch (NotSupportedException)
        {
            // A read is still waiting; the connection under it is closed.
        }
    }
}
