using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>Every fourth prompt is long.</summary>
internal sealed class MixedLengths(int clients, int requestsEach, int answerTokens) : IWorkload
{
    private const int ShortTokens = 32;
    private const int LongTokens = 1000;

    public string Name => "mixed";

    public string Description => $"{clients} clients, three prompts of {ShortTokens} tokens to one of {LongTokens}, answers of {answerTokens}";

    public Measure Measure => Measure.TtftP95;

    public Task<WorkloadRun> RunAsync(ChatClient client, Peer peer, int seed, CancellationToken cancellation) =>
        ClosedLoop.RunAsync(clients, requestsEach, (who, turn) => client.StreamAsync(
            peer, Prompts.User(peer.Words((who + turn) % 4 == 0 ? LongTokens : ShortTokens), Prompts.Seed(seed, who, turn)), answerTokens, cancellation: cancellation));
}
