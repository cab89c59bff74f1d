using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>A pattern of requests; one file each.</summary>
internal interface IWorkload
{
    /// <summary>What <c>--workload</c> calls it.</summary>
    string Name { get; }

    /// <summary>One sentence for the report.</summary>
    string Description { get; }

    /// <summary>The figure by which peers are compared.</summary>
    Measure Measure { get; }

    /// <summary>Runs it once. <paramref name="seed"/> differs from round to round, so that no round finds another's prompts in a cache.</summary>
    Task<WorkloadRun> RunAsync(ChatClient client, Peer peer, int seed, CancellationToken cancellation);
}
