using System.Diagnostics;
using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>Requests arrive at a rate, whether or not earlier ones are answered (Poisson arrivals).</summary>
internal sealed class OpenLoop(double requestsPerSecond, double seconds, int answerTokens) : IWorkload
{
    private const int PromptTokens = 48;

    public string Name => "open-loop";

    public string Description => $"{requestsPerSecond} requests a second for {seconds} s, prompts of {PromptTokens} tokens, answers of {answerTokens}";

    public Measure Measure => Measure.TtftP95;

    public async Task<WorkloadRun> RunAsync(ChatClient client, Peer peer, int seed, CancellationToken cancellation)
    {
#pragma warning disable CA5394 // Load, not secrets.
        var random = new Random(seed);
        var sent = new List<Task<Exchange>>();
        var start = Stopwatch.GetTimestamp();
        for (var due = 0.0; due < seconds; due += -Math.Log(1 - random.NextDouble()) / requestsPerSecond)
        {
            // By the clock, not by the delay before: a late timer must not lower the rate.
            var wait = due - Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (wait > 0)
                await Task.Delay(TimeSpan.FromSeconds(wait), cancellation);
            sent.Add(client.StreamAsync(peer, Prompts.User(peer.Words(PromptTokens), Prompts.Seed(seed, sent.Count)), answerTokens, cancellation: cancellation));
        }
#pragma warning restore CA5394

        return new WorkloadRun(await Task.WhenAll(sent), Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
