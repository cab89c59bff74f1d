using System.Net;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;
using Zakenak.Services.Tests.Gateway;
using Zakenak.Services.Tests.ModelServer.Loading;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Pods;

/// <summary>The model server as a process of its own, with a model, told to stop while it generates.</summary>
public sealed class ModelServerDrainTests
{
    [Fact]
    public async Task Answers_under_way_at_sigterm_come_to_their_end_and_new_requests_are_sent_elsewhere()
    {
        await using var pod = await Pod.CreateAsync();
        await using var model = await SignedTinyModel.CreateAsync();
        await using var server = pod.Start(ServiceNames.ModelServer,
            [.. model.Settings, ("Engine:Threads", "1"), ("Trust:MemoryFile", pod["var/trust/memory.json"]), ("Service:DrainSeconds", "6")]);
        Assert.Equal("Healthy", await server.ReadyAsync());

        var gateway = await pod.EnrollAsync(ServiceNames.Gateway);
        var grants = new GrantIssuer(gateway);
        using var client = new HttpClient(WorkloadHttpHandler.Create(gateway, ServiceNames.ModelServer)) { BaseAddress = server.TrafficUrl };
        var (whole, refused, under) = (0, 0, 0);
        var broken = new List<string>();
        var clients = Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            for (var number = 0; ; number++)
            {
                try
                {
                    using var answer = await client.SendAsync(Ask($"{i}-{number}"), HttpCompletionOption.ResponseHeadersRead);
                    if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                    {
                        // So that a gateway takes the request to another one at once.
                        Assert.Equal("server_stopping", (await GatewayHost.ErrorOf(answer, HttpStatusCode.ServiceUnavailable)).Code);
                        Assert.Equal("0", Assert.Single(answer.Headers.GetValues(HeaderNames.UsedTokens)));
                        Assert.NotNull(answer.Headers.RetryAfter);
                        Interlocked.Increment(ref refused);
                        await Task.Delay(20);
                        continue;
                    }

                    Interlocked.Increment(ref under);
                    var text = await answer.Content.ReadAsStringAsync();
                    Interlocked.Decrement(ref under);
                    if (answer.StatusCode == HttpStatusCode.OK && text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal))
                        Interlocked.Increment(ref whole);
                    else
                        Broken($"{answer.StatusCode} {text}");
                }
                catch (HttpRequestException e)
                {
                    // The ports are closed, long after the last answer began.
                    if (Volatile.Read(ref refused) == 0)
                        Broken(e.ToString());
                    return;
                }
            }
        })).ToArray();

        await Eventually.IsTrueAsync(() => Volatile.Read(ref whole) > 8 && Volatile.Read(ref under) == 4, "it generates", seconds: 60);
        var before = Volatile.Read(ref whole);
        await server.TerminateAsync();
        await Eventually.IsTrueAsync(async () => await server.ProbeAsync(ServiceProbes.ReadyPath) == HttpStatusCode.ServiceUnavailable, "it is not ready", seconds: 60);
        await Task.WhenAll(clients).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Empty(broken);
        Assert.True(refused > 0 && whole > before, $"{refused} refused, {whole} answered, {before} of them before");
        var (code, _, errors) = await server.EndedAsync();
        Assert.Equal((0, ""), (code, errors));

        HttpRequestMessage Ask(string id)
        {
            var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            {
                Content = GatewayHost.Json(GatewayHost.Chat("a b c", stream: true, model: "tiny", more: ",\"max_tokens\":100")),
            };
            request.Headers.Add(HeaderNames.Grant, grants.Mint(new Grant
            {
                Issuer = gateway.Id.ToString(),
                Audience = [ServiceNames.ModelServer],
                Tenant = "acme",
                RequestId = id,
                IssuedAt = now,
                ExpiresAt = now + 60,
                KeyId = "key-1",
                Model = "tiny:v1",
            }).Jws);
            return request;
        }

        void Broken(string what)
        {
            lock (broken)
                broken.Add(what);
        }
    }
}
