using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>Everybody asks something else about the same long text, at the same moment, and nobody has asked before.</summary>
internal sealed class SharedPrefix(int clients, int prefixTokens, int answerTokens) : IWorkload
{
    private const int QuestionWords = 16;

    public string Name => "shared-prefix";

    public string Description => $"{clients} clients at once, a prefix of {prefixTokens} tokens that they share, answers of {answerTokens}";

    public Measure Measure => Measure.TtftP95;

    public Task<WorkloadRun> RunAsync(ChatClient client, Peer peer, int seed, CancellationToken cancellation)
    {
        var prefix = Prompts.Text(peer.Words(prefixTokens), Prompts.Seed(seed, -1)) + ". ";
        return ClosedLoop.RunAsync(clients, 1, (who, _) =>
            client.StreamAsync(peer, Prompts.User(QuestionWords, Prompts.Seed(seed, who), prefix), answerTokens, cancellation: cancellation));
    }
}
