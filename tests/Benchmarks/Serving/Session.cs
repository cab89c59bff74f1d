using Zakenak.Benchmarks.Serving.Client;
using Zakenak.Benchmarks.Serving.Report;
using Zakenak.Benchmarks.Serving.Workloads;

namespace Zakenak.Benchmarks.Serving;

/// <summary>Runs workloads against peers in turns: round by round, and within a round peer by peer, so that what the machine does to one it does to all.</summary>
internal sealed class Session(ChatClient client, IReadOnlyList<Peer> peers, int rounds, TextWriter progress)
{
    /// <summary>Measures how many words of ours are how many of the model's tokens, and warms the peer up.</summary>
    public static async Task<Peer> CalibrateAsync(ChatClient client, Peer peer, CancellationToken cancellation)
    {
        const int Words = 400;
        var one = await client.StreamAsync(peer, Prompts.User(1, 1), 1, cancellation: cancellation);
        var many = await client.StreamAsync(peer, Prompts.User(Words, 1), 1, cancellation: cancellation);
        if ((one.Error ?? many.Error) is { } error)
            throw new InvalidOperationException($"{peer.Name} at {peer.Url} does not answer: {error}.");
        if (many.PromptTokens <= one.PromptTokens)
            throw new InvalidOperationException($"{peer.Name} reports no usage in its streams, by which prompts are measured.");
        return peer with { WordsPerToken = (double)(Words - 1) / (many.PromptTokens - one.PromptTokens), TemplateTokens = one.PromptTokens - 1 };
    }

    public async Task<WorkloadResult> RunAsync(IWorkload workload, CancellationToken cancellation)
    {
        var runs = peers.ToDictionary(p => p.Name, _ => new List<WorkloadRun>());
        for (var round = 0; round < rounds; round++)
        {
            // Each round begins with another peer: nobody is always first.
            foreach (var peer in peers.Skip(round % peers.Count).Concat(peers.Take(round % peers.Count)))
            {
                progress.Write($"\r{workload.Name}: round {round + 1} of {rounds}, {peer.Name}          ");
                runs[peer.Name].Add(await workload.RunAsync(client, peer, round + 1, cancellation));
            }
        }

        var results = peers.Select(p => PeerResult.Of(p.Name, runs[p.Name])).ToList();
        var ours = results[0].Figure(workload.Measure);
        var ratios = results.Skip(1).Select(r => new PeerRatio(r.Peer, r.Figure(workload.Measure) is > 0 and var theirs ? ours / theirs : 0)).ToList();
        progress.WriteLine($"\r{workload.Name}: {string.Join(", ", results.Select(r => FormattableString.Invariant($"{r.Peer} {r.Figure(workload.Measure):0.##}")))} ({workload.Measure})          ");
        return new WorkloadResult(workload.Name, workload.Description, workload.Measure.ToString(), results, ratios);
    }
}
