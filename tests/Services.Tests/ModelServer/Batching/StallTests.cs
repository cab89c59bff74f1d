using System.Net;
using Zakenak.Engine;
using Zakenak.Services.Tests.ModelServer.Completions;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Batching;

/// <summary>An engine thread that hangs in native code, seen from outside.</summary>
public class StallTests
{
    [Fact]
    public async Task A_step_that_hangs_turns_the_server_unready_until_it_ends()
    {
        using var hangs = new ManualResetEventSlim();
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend, ("Batching:StallTimeoutMs", "200"));
        backend.BeforeDecode = () => hangs.Wait(Patience) ? null : DecodeStatus.Failed;
        var asked = server.AskAsync(Body("hello"));
        await server.UntilAsync(async () => (await server.HealthAsync()).Body.Contains("engine_stalled", StringComparison.Ordinal));

        await CallerTests.RefusedAsync(server.SendAsync(Body("another")), HttpStatusCode.ServiceUnavailable, "engine_stalled");
        Assert.DoesNotContain("guide", await server.Client.GetStringAsync("/v1/models"), StringComparison.Ordinal);
        await server.UntilAsync(() => server.Logs.Lines.Any(line => line.Contains("The engine stalled", StringComparison.Ordinal)));

        hangs.Set();
        await asked;
        await server.UntilAsync(async () => (await server.HealthAsync()).Healthy);
    }

    [Fact]
    public async Task A_step_that_never_ends_does_not_keep_the_process_and_frees_nothing_under_it()
    {
        using var hangs = new ManualResetEventSlim();
        var backend = new FakeBackend();
        var server = await StartAsync(backend, ("Batching:StallTimeoutMs", "200"), ("Service:ShutdownTimeoutSeconds", "1"));
        backend.BeforeDecode = () => hangs.Wait(TimeSpan.FromMinutes(1)) ? null : DecodeStatus.Failed;
        using var client = server.CreateClient(TestModelServer.Gateway);
        var asked = client.SendAsync(Request(Body("hello")));
        await server.UntilAsync(async () => (await server.HealthAsync()).Body.Contains("engine_stalled", StringComparison.Ordinal));

        await server.DisposeAsync(keepClients: true).AsTask().WaitAsync(Patience);

        Assert.False(backend.Disposed);
        hangs.Set();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => asked);
    }

    [Fact]
    public async Task An_answer_that_outlasts_the_grace_period_is_told_so()
    {
        var backend = new FakeBackend();
        var server = await StartAsync(backend, ("Service:ShutdownTimeoutSeconds", "4"), ("Batching:DraftTokens", "1"));
        backend.BeforeDecode = () =>
        {
            Thread.Sleep(100);
            return null;
        };
        using var client = server.CreateClient(TestModelServer.Gateway);
        using var answer = await client.SendAsync(Request(Body(new string('a', 300), ("stream", true))), HttpCompletionOption.ResponseHeadersRead);
        var text = answer.Content.ReadAsStringAsync();

        await server.DisposeAsync(keepClients: true).AsTask().WaitAsync(Patience);

        Assert.Contains("\"code\":\"server_stopping\"", await text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_whose_turn_does_not_come_in_time_is_refused()
    {
        using var step = new SemaphoreSlim(0);
        var backend = new FakeBackend { MaxSequences = 1 };
        await using var server = await StartAsync(backend, ("Batching:QueueTimeoutMs", "2000"));
        backend.BeforeDecode = () => step.Wait(Patience) ? null : DecodeStatus.Failed;
        var warmUp = backend.Tokenized;
        var first = server.AskAsync(Body(new string('a', 230)));
        await server.UntilAsync(() => backend.Tokenized > warmUp);
        var late = server.SendAsync(Body("late"));
        await server.UntilAsync(SharingTests.AtTimes(step, () => late.IsCompleted));

        await CallerTests.RefusedAsync(late, HttpStatusCode.ServiceUnavailable, "queue_timeout");
        Assert.False(first.IsCompleted);
        step.Release(1000);
        await first;
    }
}
