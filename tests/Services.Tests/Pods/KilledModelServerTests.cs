using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Gateway;
using Zakenak.Services.Tests.ModelServer.Loading;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Pods;

/// <summary>A gateway and two model servers as processes of their own, one of which is killed while it generates.</summary>
public sealed class KilledModelServerTests
{
    [Fact]
    public async Task What_it_streamed_ends_with_an_error_event_and_the_other_one_goes_on_as_if_nothing_happened()
    {
        await using var pod = await Pod.CreateAsync();
        await using var otherPod = new Pod(pod.Cluster);
        await using var gatewayPod = new Pod(pod.Cluster);
        await using var model = await SignedTinyModel.CreateAsync();
        await using var killed = Start(pod, model);
        await using var living = Start(otherPod, model);
        await Task.WhenAll(killed.ReadyAsync(), living.ReadyAsync());
        await using var gateway = gatewayPod.Start(ServiceNames.Gateway,
            ("ApiKeys:File", gatewayPod.WriteApiKeys()), ("Routing:Policy", "RoundRobin"), ("Limits:RequestsPerMinute", "100000"), ("Limits:TenantRequestsPerMinute", "100000"),
            ("Limits:TokensPerMinute", "1000000000"), ("Limits:TenantTokensPerMinute", "1000000000"),
            ("ModelServers:Urls:0", killed.TrafficUrl.GetLeftPart(UriPartial.Authority)), ("ModelServers:Urls:1", living.TrafficUrl.GetLeftPart(UriPartial.Authority)));
        await Eventually.IsTrueAsync(async () => await gateway.ReadyAsync() == "Healthy", "it found the model servers");

        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } })
        {
            BaseAddress = gateway.TrafficUrl,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", gatewayPod.ApiKey) },
        };
        var ends = new ConcurrentDictionary<string, int>();
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
                ends.AddOrUpdate(await AskAsync(client), 1, (_, count) => count + 1);
        })).ToArray();
        await Eventually.IsTrueAsync(() => ends.GetValueOrDefault("whole") > 12, "both generate");
        Assert.Equal(["whole"], ends.Keys);

        // A gateway on a busy machine may have reached only one of them yet.
        using var metrics = new HttpClient(WorkloadHttpHandler.Create(await gatewayPod.EnrollAsync(ServiceNames.Prometheus), ServiceNames.Gateway)) { BaseAddress = gateway.ManagementUrl };
        foreach (var server in new[] { living, killed })
        {
            var busy = $"zakenak_gateway_replica_requests{{[^}}]*\"{server.TrafficUrl.GetLeftPart(UriPartial.Authority)}\"[^}}]*}} [2-9]";
            await Eventually.IsTrueAsync(async () => Regex.IsMatch(await metrics.GetStringAsync("/metrics"), busy), "it generates");
        }

        await killed.KillAsync();
        await Eventually.IsTrueAsync(() => ends.Count > 1, "its streams break off");
        var before = ends["whole"];
        await Eventually.IsTrueAsync(() => ends["whole"] > before + 20, "the other one answers");
        await over.CancelAsync();
        await Task.WhenAll(clients);

        // Nothing else: no reset, no half event, no answer that is none. And not once more than clients asked it at that moment.
        Assert.All(ends.Keys, end => Assert.True(end is "whole" or "backend_lost", end));
        Assert.InRange(ends["backend_lost"], 1, 6);
    }

    private static PodProcess Start(Pod pod, SignedTinyModel model) =>
        pod.Start(ServiceNames.ModelServer, [.. model.Settings, ("Engine:Threads", "1"), ("Trust:MemoryFile", pod["var/trust/memory.json"])]);

    private static async Task<string> AskAsync(HttpClient client)
    {
        using var answer = await client.PostAsync("/v1/chat/completions", GatewayHost.Json(GatewayHost.Chat("a b c", stream: true, model: "tiny", more: ",\"max_tokens\":200")));
        var text = await answer.Content.ReadAsStringAsync();
        if (text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal))
            return "whole";
        var last = text.EndsWith("\n\n", StringComparison.Ordinal) ? text[..^2].Split("\n\n")[^1]["data: ".Length..] : text;
        using var json = JsonDocument.Parse(last);
        return json.RootElement.GetProperty("error").GetProperty("code").GetString()!;
    }
}
