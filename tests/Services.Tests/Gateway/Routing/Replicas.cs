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
using Zakenak.Gateway.Routing.Replicas;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;
using Replica = Zakenak.Gateway.Routing.ModelServer;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>Replicas without servers behind them, and questions about them.</summary>
internal static class Replicas
{
    private static readonly ModelVersion _model = ModelVersion.TryCreate("guide:v1", "guide", "v1", StubModelServer.Digest, "Approved", 1)!;

    public static IReplicaPolicy[] Policies { get; } =
    [
        new Balanced(), new LeastLoaded(PolicyName.LeastLoaded), new LeastLoaded(PolicyName.QualityFirst), new PrefixAffinity(), new RoundRobin(),
        new RandomReplica(), new CostAware(),
    ];

    public static IReplicaPolicy Policy(PolicyName name) => Policies.First(p => p.Name == name);

    public static Replica[] Some(int count, TimeProvider? time = null) =>
        [.. Enumerable.Range(0, count).Select(i => new Replica(new Uri(string.Create(CultureInfo.InvariantCulture, $"https://10.0.{i / 250}.{(i % 250) + 1}:8443")), time ?? TimeProvider.System) { Models = [_model] })];

    /// <summary>Has this many requests of other gateways.</summary>
    public static Replica Busy(this Replica server, int requests, int slots = 24, int kvPermille = 0)
    {
        server.Take(new LoadReport(requests, 0, slots, kvPermille));
        return server;
    }

    /// <summary>A request as it is after the screen, for a model of these replicas.</summary>
    public static InferenceRequest Request(string body, Replica[] servers, string key = "0123456789abcdef")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var (fields, refusal) = RequestScreen.Read(bytes, ApiRoute.Chat, maxDepth: 32);
        Assert.Null(refusal);
        var pooled = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(pooled, 0);
        return new InferenceRequest("req-1", ApiRoute.Chat, startedAt: 0)
        {
            Body = new ScreenedBody(pooled, bytes.Length, fields!),
            Client = new Client { KeyId = key, Tenant = "acme", Models = [Client.AnyModel], Features = [] },
            Route = new ModelRoute(_model, servers),
        };
    }

    /// <summary>The gate with everything behind it.</summary>
    public static ServiceProvider Gate(out ReplicaGate gate, TimeProvider? time = null, params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(time ?? TimeProvider.System).AddSingleton<ModelServers>().AddSingleton<ModelCatalogue>()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build())
            .AddSingleton<ReplicaGate>();
        services.AddLiveOptions<RoutingOptions>(RoutingOptions.Section);
        services.AddLiveOptions<ResilienceOptions>(ResilienceOptions.Section);
        RoutingSetup.AddReplicaChoice(services);
        var provider = services.BuildServiceProvider();
        gate = provider.GetRequiredService<ReplicaGate>();
        return provider;
    }
}
