using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.Engine;
using Zakenak.ModelServer.Loading;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Completions;

/// <summary>Several clients of one engine: shared batches, the queue, and clients that go away.</summary>
public class SharingTests
{
    [Fact]
    public async Task Requests_at_the_same_time_share_batches()
    {
        using var gate = new ManualResetEventSlim();
        var backend = new FakeBackend { BatchTokens = 512 };
        await using var server = await StartAsync(backend, ("Batching:LeastPromptTokens", "512"));
        backend.BeforeDecode = () => gate.Wait(Patience) ? null : DecodeStatus.Failed;
        var requests = Enumerable.Range(0, 6).Select(i => server.AskAsync(Body($"request number {i}"))).ToList();

        // All in the queue or in the step that is held: one that is only tokenised may come too late for the others.
        var engine = server.Services.GetRequiredService<ServedModel>().Current!.Engine;
        await server.UntilAsync(() => engine.Load.Queued + engine.Load.Running >= 6);
        gate.Set();
        var answers = await Task.WhenAll(requests);

        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"request number {i}"), answers.Select(a => a.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()));
        Assert.Contains(backend.Batches, batch => batch.Length >= 5 && batch.All(token => token.Logits) && batch.DistinctBy(token => token.Sequence).Count() >= 5);
    }

    [Fact]
    public async Task A_client_that_goes_away_frees_its_sequence()
    {
        using var step = new SemaphoreSlim(0);
        var backend = new FakeBackend();
        await using var server = await StartAsync(backend, ("Batching:PrefixCache", "false"));
        backend.BeforeDecode = () => step.Wait(Patience) ? null : DecodeStatus.Failed;
        step.Release(6);
        using (var response = await server.SendAsync(Body(new string('a', 200), ("stream", true))))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.NotNull(await reader.ReadLineAsync().WaitAsync(Patience));
            Assert.True(backend.UsedCells > 0);
        }

        // Left alone the answer would take 200 steps. How soon Kestrel hears of the client's end is not ours; what follows it is one step.
        var before = backend.Batches.Count;
        await server.UntilAsync(AtTimes(step, () => backend.UsedCells == 0));
        Assert.InRange(backend.Batches.Count - before, 0, 100);
        Assert.Equal(0, backend.LiveSamplers);
        await server.UntilAsync(() => server.Logs.Lines.Any(line => line.Contains(" 499 cancelled in ", StringComparison.Ordinal)));

        // What was made for it until then can be asked for.
        var usage = await server.Client.GetFromJsonAsync<JsonElement>("/v1/usage/req-1");
        Assert.Equal(200 + 19, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.InRange(usage.GetProperty("completion_tokens").GetInt32(), 1, 199);
        using var unknown = await server.Client.GetAsync("/v1/usage/req-2");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_client_that_goes_away_while_it_waits_leaves_the_queue()
    {
        using var step = new SemaphoreSlim(0);
        var backend = new FakeBackend { MaxSequences = 1 };
        await using var server = await StartAsync(backend);
        backend.BeforeDecode = () => step.Wait(Patience) ? null : DecodeStatus.Failed;
        var warmUp = backend.Tokenized;
        var first = server.AskAsync(Body(new string('a', 230)));
        await server.UntilAsync(() => backend.Tokenized > warmUp);
        using var leaves = new CancellationTokenSource();
        var second = server.Client.SendAsync(Request(Body("second")), leaves.Token);
        await server.UntilAsync(() => backend.Tokenized > warmUp + 1);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        // It leaves although the one slot is taken all the while.
        await server.UntilAsync(AtTimes(step, () => server.Logs.Lines.Any(line => line.Contains(" 499 cancelled in ", StringComparison.Ordinal))));
        Assert.False(first.IsCompleted);
        step.Release(1000);
        await first;
        Assert.DoesNotContain("second", Prompts(backend), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_answers_429_and_says_when_to_come_back()
    {
        using var gate = new ManualResetEventSlim();
        var backend = new FakeBackend { MaxSequences = 1 };
        await using var server = await StartAsync(backend, ("Batching:QueueLimit", "1"), ("Batching:RetryAfterSeconds", "7"));
        backend.BeforeDecode = () => gate.Wait(Patience) ? null : DecodeStatus.Failed;
        var engine = server.Services.GetRequiredService<ServedModel>().Current!.Engine;
        var accepted = new List<Task<HttpResponseMessage>>();
        HttpResponseMessage? refused = null;
        for (var i = 0; i < 4 && refused is null; i++)
        {
            var next = server.SendAsync(Body("hello"));
            await server.UntilAsync(() => next.IsCompleted || engine.Load.Queued + engine.Load.Running > accepted.Count);
            if (next.IsCompleted)
            {
                refused = await next;
            }
            else
            {
                accepted.Add(next);
            }
        }

        Assert.NotNull(refused);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(7), refused.Headers.RetryAfter?.Delta);
        Assert.Contains("\"queue_full\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        gate.Set();
        foreach (var response in await Task.WhenAll(accepted))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    /// <summary>Lets the engine make a step now and then: fewer than the answer has while a busy machine gets to what is waited for.</summary>
    internal static Func<bool> AtTimes(SemaphoreSlim step, Func<bool> condition)
    {
        var polls = 0;
        return () =>
        {
            if (polls++ % 25 == 0)
                step.Release();
            return condition();
        };
    }

    private static string Prompts(FakeBackend backend) =>
        new([.. backend.Batches.SelectMany(batch => batch).Where(token => token.Token < 128).Select(token => (char)token.Token)]);
}
