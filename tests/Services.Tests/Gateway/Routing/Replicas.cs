using System.Buffers;
using System.Globalization;
using System.Text;
using Zakenak.Contracts;
using Zakenak.Gateway.ApiKeys;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Routing.Replicas;
using Zakenak.Gateway.Screening;
using Replica = Zakenak.Gateway.Routing.ModelServer;

namespace Zakenak.Services.Tests.Gateway;

/// <summary>Replicas without servers behind them, and questions about them.</summary>
internal static class Replicas
{
    public static IReplicaPolicy[] Policies { get; } =
    [
        new Balanced(), new LeastLoaded(PolicyName.LeastLoaded), new LeastLoaded(PolicyName.QualityFirst), new PrefixAffinity(), new RoundRobin(),
        new RandomReplica(), new CostAware(),
    ];

    public static IReplicaPolicy Policy(PolicyName name) => Policies.First(p => p.Name == name);

    public static Replica[] Some(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Replica(new Uri(string.Create(CultureInfo.InvariantCulture, $"https://10.0.{i / 250}.{(i % 250) + 1}:8443"))))];

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
            Route = new ModelRoute(ModelVersion.TryCreate("guide:v1", "guide", "v1", StubModelServer.Digest, "Approved", 1)!, servers),
        };
    }
}
