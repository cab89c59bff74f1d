using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.Gateway.Edge;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>The gateway, whole, in this process, with its files in a folder of its own.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    public const string LoginToken = "login-token-of-this-test-0123456789";

    private const string AuditName = "audit";

    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;

    private GatewayHost(WebApplication app, DirectoryInfo folder, RecordedLog logs)
    {
        _app = app;
        _folder = folder;
        Logs = logs;
        var edge = app.Services.GetRequiredService<EdgeListeners>();
        Url = edge.HttpUrl!;
        HttpsUrl = edge.HttpsUrl;
        Anonymous = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxResponseDrainSize = 0 }) { BaseAddress = Url };
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxResponseDrainSize = 0 }) { BaseAddress = Url };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public Uri Url { get; }

    public Uri HttpsUrl { get; }

    public Uri ManagementUrl => _app.Services.GetRequiredService<Listeners>().ManagementUrl;

    public RecordedLog Logs { get; }

    public string AuditFolder => Path.Combine(_folder.FullName, AuditName);

    public IServiceProvider Services => _app.Services;

    /// <summary>Sends the development key.</summary>
    public HttpClient Client { get; }

    /// <summary>Sends no key.</summary>
    public HttpClient Anonymous { get; }

    public string Key => File.ReadAllText(Path.Combine(_folder.FullName, "dev-api-key")).Trim();

    public static Task<GatewayHost> StartAsync(
        TestTrustDomain domain, IEnumerable<StubModelServer> servers, params (string Key, string Value)[] settings) =>
        StartAsync(domain, servers, _ => { }, settings);

    public static Task<GatewayHost> StartAsync(
        TestTrustDomain domain, IEnumerable<StubModelServer> servers, TimeProvider time, params (string Key, string Value)[] settings) =>
        StartAsync(domain, servers, builder => builder.Services.AddSingleton(time), settings);

    /// <param name="configure">Replaces services.</param>
    public static async Task<GatewayHost> StartAsync(
        TestTrustDomain domain, IEnumerable<StubModelServer> servers, Action<WebApplicationBuilder> configure, params (string Key, string Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("zakenak-gateway-");
        WebApplication? app = null;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "login-token"), LoginToken + "\n");
            var logs = new RecordedLog();
            app = Create(domain.CreateIdentity(ServiceNames.Gateway), folder.FullName, logs,
                [.. servers.Select((s, i) => ($"ModelServers:Urls:{i}", s.Url.ToString())), .. settings], configure);
            await app.StartAsync();
            var gateway = new GatewayHost(app, folder, logs);
            var routing = app.Services.GetRequiredService<ModelServers>();
            await Until(() => routing.WereAsked);
            return gateway;
        }
        catch
        {
            await (app?.DisposeAsync() ?? default);
            folder.Delete(recursive: true);
            throw;
        }
    }

    public static WebApplication Create(IWorkloadIdentity identity, string folder, RecordedLog logs, IEnumerable<(string Key, string Value)> settings, Action<WebApplicationBuilder>? configure = null) =>
        Zakenak.Gateway.Program.Create([], builder =>
        {
            TestTrustDomain.Use(builder, identity);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Listen:HttpPort"] = "0",
                ["Listen:HttpsPort"] = "0",
                ["ApiKeys:DevelopmentKeyFile"] = Path.Combine(folder, "dev-api-key"),
                ["Audit:Directory"] = Path.Combine(folder, AuditName),
                ["ChatPage:LoginTokenFile"] = Path.Combine(folder, "login-token"),
                ["ModelServers:RetryDelay"] = "00:00:00.020",
                ["ModelServers:PollInterval"] = "00:00:00.100",

                // Where a test is not about them, a busy machine is not to be mistaken for a lost one.
                ["ModelServers:PollTimeout"] = "00:00:30",
                ["Resilience:ConnectTimeout"] = "00:00:30",
                ["Resilience:WaitTimeout"] = "00:01:00",
                ["Jwt:FetchTimeout"] = "00:00:30",
            });
            // Of a key that is there twice the last value counts.
            builder.Configuration.AddInMemoryCollection(settings.Reverse().DistinctBy(s => s.Key).Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
            builder.Logging.ClearProviders();
            builder.Logging.AddProvider(logs);
            configure?.Invoke(builder);
        });

    public static string Chat(string prompt = "Hi", bool stream = false, string model = "guide", string more = "") =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{prompt}}"}],"stream":{{(stream ? "true" : "false")}}{{more}}}""";

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>Asks for a completion; returns with the headers.</summary>
    public Task<HttpResponseMessage> AskAsync(string body, CancellationToken cancellation = default) =>
        Client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(body) },
            HttpCompletionOption.ResponseHeadersRead, cancellation);

    /// <summary>The error in OpenAI's shape that an answer must have.</summary>
    public static async Task<OpenAiError> ErrorOf(HttpResponseMessage answer, HttpStatusCode status)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode}: {body}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var error = JsonSerializer.Deserialize<OpenAiErrorBody>(body)!.Error;
        Assert.False(string.IsNullOrEmpty(error.Message));
        Assert.False(string.IsNullOrEmpty(error.Type));
        return error;
    }

    public static async Task Until(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            Assert.False(timeout.IsCancellationRequested, "What was waited for did not happen.");
            await Task.Delay(5);
        }
    }

    /// <summary>Ends it as SIGTERM does.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Anonymous.Dispose();
        using var now = new CancellationTokenSource(0);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
