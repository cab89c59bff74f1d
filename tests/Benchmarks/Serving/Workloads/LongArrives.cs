using System.Diagnostics;
using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>Streams run; then somebody sends a very long prompt. How long does the others' text stand still?</summary>
internal sealed class LongArrives(int streams, int promptTokens, int answerTokens) : IWorkload
{
    private const int RunningAfterTokens = 8;

    public string Name => "long-arrives";

    public string Description => $"{streams} streams running while a prompt of {promptTokens} tokens arrives: gaps between their tokens until it is answered";

    public Measure Measure => Measure.WorstGap;

    public async Task<WorkloadRun> RunAsync(ChatClient client, Peer peer, int seed, CancellationToken cancellation)
    {
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = streams;
        var start = Stopwatch.GetTimestamp();
        var streaming = Enumerable.Range(0, streams).Select(who => client.StreamAsync(
            peer, Prompts.User(24, Prompts.Seed(seed, who)), answerTokens, onContent: Began, cancellation: cancellation)).ToArray();

        // An answer may end before it has so many pieces; then nobody would start the long one.
        await Task.WhenAny(running.Task, Task.WhenAll(streaming));
        var arrives = await client.StreamAsync(peer, Prompts.User(peer.Words(promptTokens), seed), 8, cancellation: cancellation);
        var all = await Task.WhenAll(streaming);
        return new WorkloadRun([.. all, arrives], Stopwatch.GetElapsedTime(start).TotalSeconds, [.. all.SelectMany(e => e.GapsMs(arrives.SentAt, arrives.EndedAt))]);

        void Began(Exchange exchange)
        {
            if (exchange.ContentAt.Count == RunningAfterTokens && Interlocked.Decrement(ref waiting) == 0)
                running.TrySetResult();
        }
    }
}
