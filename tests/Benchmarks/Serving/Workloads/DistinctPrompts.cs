using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>Short prompts that have nothing in common.</summary>
internal sealed class DistinctPrompts(string name, int clients, int requestsEach, int answerTokens) : IWorkload
{
    private const int PromptTokens = 48;

    public string Name => name;

    public string Description => $"{clients} {(clients == 1 ? "stream" : "streams")}, distinct prompts of {PromptTokens} tokens, answers of {answerTokens}";

    public Measure Measure => Measure.TokensPerSecond;

    public Task<WorkloadRun> RunAsync(ChatClient client, Peer peer, int seed, CancellationToken cancellation) =>
        ClosedLoop.RunAsync(clients, requestsEach, (who, turn) =>
            client.StreamAsync(peer, Prompts.User(peer.Words(PromptTokens), Prompts.Seed(seed, who, turn)), answerTokens, cancellation: cancellation));
}
