using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.ModelServer;
using Zakenak.ModelServer.Loading;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelServer;

/// <summary>The whole model server on real Kestrel with real mutual TLS and grants; only the model may be a fake.</summary>
internal sealed class TestModelServer : IAsyncDisposable
{
    public static readonly TestTrustDomain Domain = new();
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    public static readonly WorkloadIdentity Gateway = Domain.CreateIdentity(ServiceNames.Gateway);

    private readonly WebApplication _app;

    private TestModelServer(WebApplication app, RecordedLog logs)
    {
        (_app, Logs) = (app, logs);
        Client = CreateClient(Gateway);
        Management = new HttpClient { BaseAddress = app.Services.GetRequiredService<Listeners>().ManagementUrl };
    }

    public RecordedLog Logs { get; }

    /// <summary>Speaks as the gateway.</summary>
    public HttpClient Client { get; }

    public HttpClient Management { get; }

    public IServiceProvider Services => _app.Services;

    public IHostApplicationLifetime Lifetime => _app.Lifetime;

    public static Task<TestModelServer> StartAsync(FakeBackend backend, params (string Key, string Value)[] settings) =>
        StartAsync(new FakeSource(backend), settings);

    /// <param name="source">Where the model comes from; null for the signed folder of the settings.</param>
    /// <param name="settings">Configuration.</param>
    public static async Task<TestModelServer> StartAsync(IModelSource? source, params (string Key, string Value)[] settings)
    {
        var server = await StartUnreadyAsync(source, settings);
        await server.UntilAsync(async () => (await server.HealthAsync()).Healthy);
        return server;
    }

    public static Task<TestModelServer> StartUnreadyAsync(IModelSource? source, params (string Key, string Value)[] settings) =>
        StartUnreadyAsync(source, _ => { }, settings);

    public static async Task<TestModelServer> StartUnreadyAsync(
        IModelSource? source, Action<WebApplicationBuilder> configure, params (string Key, string Value)[] settings)
    {
        var logs = new RecordedLog();
        var app = Program.Create([], builder =>
        {
            TestTrustDomain.Use(builder, Domain.CreateIdentity(ServiceNames.ModelServer));
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Model:Directory"] = "nowhere",
                ["Model:Name"] = "guide",
                ["Model:Version"] = "v1",
                ["Trust:PolicyFile"] = "nowhere",
                ["Trust:PolicyRootFile"] = "nowhere",
                ["Engine:Threads"] = "1",
                ["Features:TimeoutMs"] = "30000",
            });
            builder.Configuration.AddInMemoryCollection(settings.ToDictionary(pair => pair.Key, string? (pair) => pair.Value));
            builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
            if (source is not null)
            {
                builder.Services.AddSingleton(source);
            }

            configure(builder);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestModelServer(app, logs);
    }

    public HttpClient CreateClient(IWorkloadIdentity identity)
    {
        var handler = WorkloadHttpHandler.Create(identity, ServiceNames.ModelServer);

        // A client that goes away goes at once, rather than reading on for two seconds to keep its connection.
        handler.ResponseDrainTimeout = TimeSpan.Zero;
        return new HttpClient(handler) { BaseAddress = _app.Services.GetRequiredService<Listeners>().TrafficUrl, Timeout = Patience };
    }

    public static Grant Grant(int? maxTokens = null, string model = "guide:v1", params string[] audience)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return new Grant
        {
            Issuer = Gateway.Id.ToString(),
            Audience = audience.Length > 0 ? audience : [ServiceNames.ModelServer, ServiceNames.FeatureProxy],
            Tenant = "acme",
            RequestId = "req-1",
            IssuedAt = now,
            ExpiresAt = now + 60,
            KeyId = "key-1",
            Model = model,
            MaxTokens = maxTokens,
        };
    }

    public static string Mint(Grant grant) => new GrantIssuer(Gateway).Mint(grant).Jws;

    /// <summary>A chat request's body: the user's text and what else is given.</summary>
    public static Dictionary<string, object?> Body(string text, params (string Key, object? Value)[] more)
    {
        var body = new Dictionary<string, object?> { ["model"] = "guide", ["messages"] = new[] { new { role = "user", content = text } } };
        foreach (var (key, value) in more)
        {
            body[key] = value;
        }

        return body;
    }

    public static HttpRequestMessage Request(object body, string? jws = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(body) };
        request.Headers.Add(HeaderNames.Grant, jws ?? Mint(Grant()));
        return request;
    }

    public Task<HttpResponseMessage> SendAsync(object body, string? jws = null) => Client.SendAsync(Request(body, jws), HttpCompletionOption.ResponseHeadersRead);

    /// <summary>A whole answer.</summary>
    public async Task<JsonElement> AskAsync(object body, string? jws = null)
    {
        using var response = await SendAsync(body, jws);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The events of a streamed answer, checked to be framed as server-sent events and valid UTF-8.</summary>
    public async Task<List<string>> StreamAsync(object body, string? jws = null)
    {
        using var response = await SendAsync(body, jws);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return [.. text[..^2].Split("\n\n").Select(e => e.StartsWith("data: ", StringComparison.Ordinal) ? e[6..] : throw new InvalidDataException(e))];
    }

    public static string TextOf(IEnumerable<string> events) => string.Concat(events.Select(Delta));

    public static string? Delta(string data) => data != "[DONE]" && JsonDocument.Parse(data).RootElement.GetProperty("choices") is { } choices
        && choices.GetArrayLength() == 1 && choices[0].GetProperty("delta").TryGetProperty("content", out var content)
        ? content.GetString()
        : null;

    public async Task<(bool Healthy, string Body)> HealthAsync()
    {
        using var response = await Management.GetAsync("/healthz");
        return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waited.Elapsed < Patience, "Waited in vain. " + string.Join('\n', Logs.Lines));
            await Task.Delay(10);
        }
    }

    public ValueTask DisposeAsync() => DisposeAsync(keepClients: false);

    public async ValueTask DisposeAsync(bool keepClients)
    {
        if (!keepClients)
        {
            Client.Dispose();
            Management.Dispose();
        }

        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
