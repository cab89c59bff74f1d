using System.Net;
using System.Net.Http.Headers;
using Zakenak.Contracts;
using Zakenak.Services.Tests.Gateway;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Pods;

/// <summary>What a rollout does to requests: SIGTERM while they are under way.</summary>
public sealed class DrainTests
{
    private readonly TaskCompletionSource _end = new();

    [Fact]
    public async Task A_stream_that_is_under_way_at_sigterm_comes_to_its_end_and_no_new_connection_is_taken()
    {
        await using var pod = await Pod.CreateAsync();
        await using var model = await StartModelServerAsync(pod);
        await using var gateway = pod.Start(
            ServiceNames.Gateway, ("ApiKeys:File", pod.WriteApiKeys()), ("ModelServers:Urls:0", model.Url.GetLeftPart(UriPartial.Authority)));
        await Eventually.IsTrueAsync(async () => await gateway.ReadyAsync() == "Healthy", "it found the model server");

        using var client = Client(pod, gateway);
        using var answer = await client.SendAsync(Ask(), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await gateway.TerminateAsync();
        using var late = Client(pod, gateway);
        await Eventually.IsTrueAsync(() => IsRefusedAsync(late), "no new connection is taken");
        _end.SetResult();
        Assert.EndsWith(StubModelServer.Done, await answer.Content.ReadAsStringAsync());
        var (code, _, errors) = await gateway.EndedAsync();
        Assert.Equal((0, ""), (code, errors));
    }

    [Fact]
    public async Task Whoever_does_not_end_in_time_is_ended_with_the_grace_period()
    {
        await using var pod = await Pod.CreateAsync();
        await using var model = await StartModelServerAsync(pod);
        await using var gateway = pod.Start(
            ServiceNames.Gateway, ("ApiKeys:File", pod.WriteApiKeys()), ("ModelServers:Urls:0", model.Url.GetLeftPart(UriPartial.Authority)),
            ("Service:ShutdownTimeoutSeconds", "1"));
        await Eventually.IsTrueAsync(async () => await gateway.ReadyAsync() == "Healthy", "it found the model server");
        using var client = Client(pod, gateway);
        using var answer = await client.SendAsync(Ask(), HttpCompletionOption.ResponseHeadersRead);
        await gateway.TerminateAsync();
        await gateway.EndedAsync(); // a stream that never ends does not keep it
        _end.SetResult();
    }

    private async Task<StubModelServer> StartModelServerAsync(Pod pod)
    {
        var server = await StubModelServer.StartAsync(await pod.EnrollAsync(ServiceNames.ModelServer));
        server.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("one"));
            await _end.Task.WaitAsync(context.RequestAborted);
            await StubModelServer.SendAsync(context, StubModelServer.Event("two") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        return server;
    }

    private static HttpRequestMessage Ask() => new(HttpMethod.Post, "/v1/chat/completions") { Content = GatewayHost.Json(GatewayHost.Chat(stream: true)) };

    private static HttpClient Client(Pod pod, PodProcess gateway) =>
        new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } })
        {
            BaseAddress = gateway.TrafficUrl,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", pod.ApiKey), ConnectionClose = true },
        };

    private static async Task<bool> IsRefusedAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("/v1/models");
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
