using System.Globalization;

namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>What a report says of where its figures come from.</summary>
internal sealed record RunFacts(string Arguments, DateTimeOffset Date, string Commit, int Cores, string Processor, string LoadBefore)
{
    public static RunFacts Of(string commit, IEnumerable<string> args)
    {
        // What this commit is, and where the report goes, is not how it was measured.
        var told = args.Where((a, i) => a is not ("--commit" or "--out") && (i == 0 || args.ElementAt(i - 1) is not ("--commit" or "--out")));
        return new RunFacts(
            string.Concat(told.Select(a => " " + a)),
            DateTimeOffset.UtcNow,
            commit,
            Environment.ProcessorCount,
            File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(": ", 2)[^1] ?? "unknown processor",
            File.ReadAllText("/proc/loadavg").Split(' ')[0]);
    }

    public string ToMarkdown() => string.Create(CultureInfo.InvariantCulture,
        $"`bash tests/Benchmarks/gateway.sh{Arguments}`, {Date:yyyy-MM-dd}, commit {Commit}, {Cores} cores\n({Processor}), load average before it {LoadBefore}, .NET {Environment.Version}.\n");
}
