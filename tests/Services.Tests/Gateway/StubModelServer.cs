using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>A model server without a model, on real Kestrel over mTLS: it answers what a test wants.</summary>
internal sealed class StubModelServer : IAsyncDisposable
{
    public const string Digest = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private readonly WebApplication _app;

    private StubModelServer(WebApplication app) => _app = app;

    public Uri Url => _app.Services.GetRequiredService<Listeners>().TrafficUrl;

    /// <summary>Version to digest.</summary>
    public IReadOnlyDictionary<string, string> Models { get; set; } = new Dictionary<string, string> { ["guide:v1"] = Digest };

    /// <summary>What it says of how busy it is; null says nothing.</summary>
    public LoadReport? Load { get; set; }

    public ConcurrentQueue<Received> Requests { get; } = new();

    /// <summary>How a completion is answered.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = context => AnswerAsync(context, Completion("Hello."));

    /// <summary>What it says that a request took; null where it doesn't know.</summary>
    public Func<string, (int Input, int Output)?> UsageOf { get; set; } = _ => null;

    public static Task<StubModelServer> StartAsync(TestTrustDomain domain, int port = 0, string address = "127.0.0.1", string service = ServiceNames.ModelServer) =>
        StartAsync(domain.CreateIdentity(service), port, address);

    public static async Task<StubModelServer> StartAsync(WorkloadIdentity identity, int port = 0, string address = "127.0.0.1")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddServiceDefaults(identity.Id.Service!);
        builder.AddWorkloadIdentity();
        builder.AddGrantVerifier();
        builder.ListenForWorkloads();
        TestTrustDomain.Use(builder, identity);
        builder.Configuration["Listen:TrafficPort"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        builder.Configuration["Listen:Address"] = address;
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new StubModelServer(app);
        app.MapServiceDefaults();
        app.Use((context, next) =>
        {
            if (server.Load is { } load)
                context.Response.Headers[HeaderNames.Load] = load.ToString();
            return next(context);
        });
        app.MapGet("/v1/models", server.ListAsync).RequireCaller(ServiceNames.Gateway);
        app.MapGet("/v1/usage/{request}", (HttpContext context, string request) => server.UsageOf(request) is var (input, output)
            ? AnswerAsync(context, $$"""{"prompt_tokens":{{input}},"completion_tokens":{{output}}}""")
            : AnswerAsync(context, "{}", 404)).RequireCaller(ServiceNames.Gateway);
        app.MapPost("/v1/{**path}", server.CompleteAsync).RequireCaller(ServiceNames.Gateway);
        await app.StartAsync();
        return server;
    }

    public static string Completion(string content) =>
        $$$"""{"id":"c1","object":"chat.completion","created":1,"model":"guide:v1","choices":[{"index":0,"message":{"role":"assistant","content":"{{{content}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}""";

    public static string Event(string content) =>
        "data: " + $$"""{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"{{content}}"},"finish_reason":null}]}""" + "\n\n";

    public const string UsageEvent = "data: {\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n\n";

    public const string Done = "data: [DONE]\n\n";

    public static Task AnswerAsync(HttpContext context, string json, int status = 200, string type = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(json);
    }

    public static void BeginStream(HttpContext context) => context.Response.ContentType = "text/event-stream";

    public static async Task SendAsync(HttpContext context, string text)
    {
        await context.Response.WriteAsync(text);
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Dies as a killed process does: the connection is reset.</summary>
    /// <remarks>A reset overtakes what was sent just before it: where that counts, see first that it has arrived.</remarks>
    public static Task DieAsync(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(0);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private Task ListAsync(HttpContext context) => AnswerAsync(context, "{\"object\":\"list\",\"data\":[" + string.Join(',', Models.Select(m =>
    {
        var parts = m.Key.Split(':');
        return $$$"""{"id":"{{{m.Key}}}","object":"model","created":1,"owned_by":"zakenak","zakenak":{"name":"{{{parts[0]}}}","version":"{{{parts[1]}}}","digest":"{{{m.Value}}}","stage":"Approved"}}""";
    })) + "]}");

    private async Task CompleteAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue(new Received(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body)
        {
            Path = context.Request.Path,
            Grant = context.RequestServices.GetRequiredService<GrantVerifier>().Verify(
                context.Request.Headers[HeaderNames.Grant], ServiceNames.ModelServer, context.Features.Get<PeerFeature>()),
        });
        await Answer(context);
    }

    internal sealed record Received(IReadOnlyDictionary<string, string> Headers, string Body)
    {
        public string? Path { get; init; }

        /// <summary>What a model server says of its grant.</summary>
        public required GrantResult Grant { get; init; }
    }
}
