using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>Conversations that grow: every request carries all turns before it.</summary>
internal sealed class ChatHistory(int clients, int turns, int answerTokens) : IWorkload
{
    private const int QuestionTokens = 64;

    public string Name => "chat-history";

    public string Description => $"{clients} conversations of {turns} turns, questions of {QuestionTokens} tokens, answers of {answerTokens}";

    public Measure Measure => Measure.TtftP95;

    public Task<WorkloadRun> RunAsync(ChatClient client, Peer peer, int seed, CancellationToken cancellation)
    {
        var histories = Enumerable.Range(0, clients).Select(_ => new List<ChatMessage>()).ToArray();
        return ClosedLoop.RunAsync(clients, turns, async (who, turn) =>
        {
            var history = histories[who];
            history.AddRange(Prompts.User(peer.Words(QuestionTokens), Prompts.Seed(seed, who, turn)));
            var answer = await client.StreamAsync(peer, [.. history], answerTokens, cancellation: cancellation);
            history.Add(new ChatMessage("assistant", answer.Text));
            return answer;
        });
    }
}
