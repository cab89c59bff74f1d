using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Contracts;
using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;

namespace Zakenak.Benchmarks.Routing;

/// <summary>Replicas of one model with loads of their own, and conversations of a given length.</summary>
internal sealed class Suite : IDisposable
{
    /// <summary>What English takes on average.</summary>
    public const int BytesPerToken = 4;

    private readonly ServiceProvider _services;
    private readonly ModelServers _servers;
    private readonly ReplicaGate _gate;

    public Suite(int replicas, PolicyName policy)
    {
        var settings = new Dictionary<string, string?> { ["Routing:Policy"] = policy.ToString() };
        for (var i = 0; i < replicas; i++)
            settings[$"ModelServers:Urls:{i}"] = string.Create(CultureInfo.InvariantCulture, $"https://10.0.0.{i + 1}:8443");
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System)
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .AddSingleton<ModelServers>().AddSingleton<ModelCatalogue>();
        services.AddValidatedOptions<ModelServersOptions>(ModelServersOptions.Section);
        services.AddLiveOptions<RoutingOptions>(RoutingOptions.Section);
        services.AddLiveOptions<ResilienceOptions>(ResilienceOptions.Section);
        services.AddSingleton<ReplicaGate>();
        RoutingSetup.AddReplicaChoice(services);
        _services = services.BuildServiceProvider();
        _servers = _services.GetRequiredService<ModelServers>();
        var model = ModelVersion.TryCreate("guide:v1", "guide", "v1", "sha256:" + new string('a', 64), "Approved", 1)!;
        var random = new Random(7);
        foreach (var server in _servers)
        {
            server.Models = [model];
            server.Take(new LoadReport(random.Next(24), random.Next(4), 24, random.Next(1000)));
        }

        Catalogue.Rebuild();
        _gate = _services.GetRequiredService<ReplicaGate>();
    }

    public ModelCatalogue Catalogue => _services.GetRequiredService<ModelCatalogue>();

    /// <summary>A body with a prompt of so many tokens.</summary>
    public static byte[] Body(int tokens, int number) => Encoding.UTF8.GetBytes(
        $$"""{"model":"guide","messages":[{"role":"system","content":"You answer by the document."},{"role":"user","content":"{{number}} {{new string('x', tokens * BytesPerToken)}}"}]}""");

    /// <summary>A request as it is when the screen is done with it.</summary>
    public static InferenceRequest Request(byte[] body)
    {
        var (fields, refusal) = RequestScreen.Read(body, ApiRoute.Chat, maxDepth: 32);
        if (refusal is not null)
            throw new InvalidOperationException(refusal.Message);
        var pooled = ArrayPool<byte>.Shared.Rent(body.Length);
        body.CopyTo(pooled, 0);
        return new InferenceRequest("req-1", ApiRoute.Chat, startedAt: 0)
        {
            Body = new ScreenedBody(pooled, body.Length, fields!),
            Client = new Client { KeyId = "0123456789abcdef", Tenant = "acme", Models = [Client.AnyModel], Features = [] },
        };
    }

    /// <summary>The whole decision: which version, which replica, and the request counted in and out.</summary>
    public void Decide(InferenceRequest request)
    {
        request.Route = Catalogue.Find(request.Body!.Fields.Model)!.Routes[0];
        _gate.Leave(_gate.TryEnter(request)!, request.Route, AttemptOutcome.Answered);
    }

    public void Dispose() => _services.Dispose();
}
