using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.Pods;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.Gateway.Faults;

/// <summary>The gateway as a process of its own, told to stop while clients ask.</summary>
public sealed class SigtermTests
{
    [Fact]
    public async Task Under_load_it_is_unready_first_refuses_nobody_before_and_finishes_all_that_it_took()
    {
        await using var pod = await Pod.CreateAsync();
        await using var model = await StubModelServer.StartAsync(await pod.EnrollAsync(ServiceNames.ModelServer));
        model.Answer = async context =>
        {
            StubModelServer.BeginStream(context);
            await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            await Task.Delay(Random.Shared.Next(1, 100));
            await StubModelServer.SendAsync(context, StubModelServer.Event("b") + StubModelServer.UsageEvent + StubModelServer.Done);
        };
        await using var gateway = await StartAsync(pod, model, ("Service:DrainSeconds", "5"));

        var (unready, closes, answered) = (0, 0, 0);
        var broken = new List<string>();
        using var over = new CancellationTokenSource();
        var probing = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                try
                {
                    if (await gateway.ProbeAsync(ServiceProbes.ReadyPath) == HttpStatusCode.ServiceUnavailable)
                        Volatile.Write(ref unready, 1);
                }
                catch (HttpRequestException)
                {
                    return;
                }
            }
        });
        var clients = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            // A quarter speaks HTTP/2.
            using var client = Client(pod, gateway, i % 4 == 0 ? HttpVersion.Version20 : HttpVersion.Version11);
            while (true)
            {
                // Before the signal, or before it is seen, nothing may go wrong.
                var may = Volatile.Read(ref unready) == 1;
                try
                {
                    using var answer = await client.SendAsync(Ask(stream: true, client), HttpCompletionOption.ResponseHeadersRead);
                    if (answer.Headers.ConnectionClose == true)
                        Interlocked.Increment(ref closes);
                    var text = await answer.Content.ReadAsStringAsync();
                    if (answer.StatusCode != HttpStatusCode.OK || !text.EndsWith(StubModelServer.Done, StringComparison.Ordinal))
                        Broken($"{answer.StatusCode} {text}");
                    Interlocked.Increment(ref answered);
                }
                catch (HttpRequestException e)
                {
                    // The ports are closed; after the readiness was, or else it is a fault.
                    if (!may && Volatile.Read(ref unready) == 0)
                        Broken($"refused: {e}");
                    return;
                }
            }
        })).ToArray();

        await Eventually.IsTrueAsync(() => Volatile.Read(ref answered) > 100, "requests are answered", seconds: 60);
        Assert.Equal((0, 0), (unready, closes));
        await gateway.TerminateAsync();
        await Task.WhenAll(clients).WaitAsync(TimeSpan.FromSeconds(60));
        await over.CancelAsync();
        await probing;
        Assert.Empty(broken);
        Assert.Equal(1, unready);
        Assert.True(closes > 0, "no answer said that its connection closes");
        var (code, _, errors) = await gateway.EndedAsync();
        Assert.Equal((0, ""), (code, errors));

        void Broken(string what)
        {
            lock (broken)
                broken.Add(what);
        }
    }

    [Theory]
    [InlineData(true, 6)]
    [InlineData(false, 6)]
    [InlineData(true, 600)]
    public async Task What_does_not_end_by_itself_is_told_so_at_the_end_of_the_grace_period_or_at_a_second_signal(bool stream, int graceSeconds)
    {
        await using var pod = await Pod.CreateAsync();
        await using var model = await StubModelServer.StartAsync(await pod.EnrollAsync(ServiceNames.ModelServer));
        var (began, stopped) = (new TaskCompletionSource(), new TaskCompletionSource());
        model.Answer = async context =>
        {
            context.RequestAborted.Register(stopped.SetResult);
            if (stream)
            {
                StubModelServer.BeginStream(context);
                await StubModelServer.SendAsync(context, StubModelServer.Event("a"));
            }

            began.SetResult();
            await stopped.Task;
        };
        await using var gateway = await StartAsync(pod, model, ("Service:ShutdownTimeoutSeconds", $"{graceSeconds}"));
        using var client = Client(pod, gateway, HttpVersion.Version11);
        var asking = client.SendAsync(Ask(stream, client), HttpCompletionOption.ResponseHeadersRead);
        await began.Task.WaitAsync(TimeSpan.FromSeconds(60));
        var told = new byte[stream ? StubModelServer.Event("a").Length : 0];
        if (stream)
        {
            // On its way is not there yet: what hasn't begun for the client is refused with a status instead.
            await (await (await asking).Content.ReadAsStreamAsync()).ReadExactlyAsync(told).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        }

        await gateway.TerminateAsync();
        if (graceSeconds > 60)
        {
            using var late = Client(pod, gateway, HttpVersion.Version11);
            await Eventually.IsTrueAsync(() => IsRefusedAsync(late), "no new connection is taken", seconds: 60);
            Assert.False(stopped.Task.IsCompleted);
            await gateway.TerminateAsync();
        }

        using var answer = await asking;
        if (stream)
        {
            using var rest = new StreamReader(await answer.Content.ReadAsStreamAsync());
            var text = Encoding.UTF8.GetString(told) + await rest.ReadToEndAsync();
            Assert.StartsWith(StubModelServer.Event("a") + "data: {\"error\"", text, StringComparison.Ordinal);
            Assert.Contains("\"code\":\"server_stopping\"", text);
        }
        else
        {
            Assert.Equal("server_stopping", (await GatewayHost.ErrorOf(answer, HttpStatusCode.ServiceUnavailable)).Code);
        }

        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(60));
        var (code, _, errors) = await gateway.EndedAsync();
        Assert.Equal((0, ""), (code, errors));
    }

    private static async Task<PodProcess> StartAsync(Pod pod, StubModelServer model, params (string Key, string Value)[] settings)
    {
        var gateway = pod.Start(ServiceNames.Gateway,
        [
            ("ApiKeys:File", pod.WriteApiKeys()), ("ModelServers:Urls:0", model.Url.GetLeftPart(UriPartial.Authority)), ("Limits:RequestsPerMinute", "100000"),
            ("Limits:TenantRequestsPerMinute", "100000"), ("Limits:TokensPerMinute", "1000000000"), ("Limits:TenantTokensPerMinute", "1000000000"), .. settings,
        ]);
        await Eventually.IsTrueAsync(async () => await gateway.ReadyAsync() == "Healthy", "it found the model server", seconds: 60);
        return gateway;
    }

    private static HttpClient Client(Pod pod, PodProcess gateway, Version version) =>
        new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } })
        {
            BaseAddress = gateway.TrafficUrl,
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", pod.ApiKey) },
        };

    // What a client sends itself is of its own version; a message of ours is of the one that it says.
    private static HttpRequestMessage Ask(bool stream, HttpClient client) => new(HttpMethod.Post, "/v1/chat/completions")
    {
        Content = GatewayHost.Json(GatewayHost.Chat(stream: stream)),
        Version = client.DefaultRequestVersion,
        VersionPolicy = client.DefaultVersionPolicy,
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
