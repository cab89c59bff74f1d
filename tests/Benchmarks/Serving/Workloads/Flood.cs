using System.Diagnostics;
using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>One tenant sends far more than there is room for; another sends one request at a time. Does the second notice?</summary>
internal sealed class Flood(int requests, int answerTokens) : IWorkload
{
    private const int PromptTokens = 48;
    private const int IdleRequests = 12;
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(2);

    public string Name => "flood";

    public string Description => $"one tenant floods {requests} requests, another sends one at a time: the second one's TTFT against an idle server";

    public Measure Measure => Measure.TtftP95OverIdle;

    public async Task<WorkloadRun> RunAsync(ChatClient client, Peer peer, int seed, CancellationToken cancellation)
    {
        var idle = new List<double>();
        for (var i = 0; i < IdleRequests; i++)
        {
            if ((await QuietAsync(-1 - i)).TtftMs is { } ttft)
                idle.Add(ttft);
        }

        var start = Stopwatch.GetTimestamp();
        var flood = Task.WhenAll(Enumerable.Range(0, requests).Select(who =>
            client.StreamAsync(peer, Prompts.User(peer.Words(PromptTokens), Prompts.Seed(seed, who)), answerTokens, cancellation: cancellation)));
        var quiet = new List<Exchange>();
        while (!flood.IsCompleted && Stopwatch.GetElapsedTime(start) < _longest)
            quiet.Add(await QuietAsync(quiet.Count));
        await flood;
        return new WorkloadRun(quiet, Stopwatch.GetElapsedTime(start).TotalSeconds, IdleTtftMs: idle);

        Task<Exchange> QuietAsync(int turn) =>
            client.StreamAsync(peer, Prompts.User(peer.Words(PromptTokens), Prompts.Seed(seed, -1, turn)), 8, second: true, cancellation: cancellation);
    }
}
