using System.Globalization;
using Zakenak.Benchmarks.Batching;

// batching-benchmark MODEL.gguf [WORKLOAD ...]: each runs with and without what it is about, in turns.
if (args.Length == 0 || !File.Exists(args[0]))
{
    Console.Error.WriteLine("usage: batching-benchmark MODEL.gguf [streams] [prefix] [flood] [throughput] [burst] [speculation] [differences] [shapes]");
    return 2;
}

Workload[] all =
[
    new("streams", "8 streams while a prompt of 3,400 tokens arrives", Workloads.StreamsAsync),
    new("prefix", "16 requests at once with a prefix of 1,900 tokens", Workloads.PrefixAsync),
    new("flood", "one tenant floods 64 requests, another sends one at a time", Workloads.FloodAsync),
    new("throughput", "16 streams with prompts of their own", Workloads.ThroughputAsync),
    new("burst", "16 requests at once with prompts of 60 tokens of their own", Workloads.BurstAsync),
    new("speculation", "answers with and without guesses", Speculation.SpeedAsync),
    new("differences", "answers that differ with guesses, and in batches of other shapes", Speculation.DifferencesAsync),
    new("shapes", "the logits of one position by the length of its batch", Speculation.ShapesAsync),
];
foreach (var workload in all.Where(workload => args.Length == 1 || args.Skip(1).Contains(workload.Name)))
{
    Console.WriteLine($"## {workload.Name}: {workload.What}");
    await foreach (var line in workload.Run(args[0]).ConfigureAwait(false))
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"- {line}"));
    }
}

return 0;

internal sealed record Workload(string Name, string What, Func<string, IAsyncEnumerable<string>> Run);
