using System.Globalization;
using System.Text;
using Zakenak.Benchmarks.GatewayLoad.Measurements;
using Zakenak.Benchmarks.GatewayLoad.Setting;

namespace Zakenak.Benchmarks.GatewayLoad;

/// <summary>The soak in Markdown.</summary>
internal sealed class SoakReport(RunFacts facts, SoakFigures figures)
{
    private const double MaxGrowth = 0.05;

    /// <summary>The text, and whether the promise was kept.</summary>
    public (string Text, bool Kept) ToMarkdown()
    {
        var kept = figures.Growth <= MaxGrowth && figures.Failures == 0;
        var text = new StringBuilder("# The gateway under a long mixed load\n\n").Append(facts.ToMarkdown()).Append('\n')
            .Append(CultureInfo.InvariantCulture, $"{figures.Duration.TotalMinutes:0.#} minutes of completions, streams, streams that their clients leave, and refused requests, all at once.\n\n")
            .Append("| The gateway's resident set | MiB |\n|---|---|\n")
            .Append(CultureInfo.InvariantCulture, $"| after the first minute | {figures.AfterFirstMinute:0.0} |\n")
            .Append(CultureInfo.InvariantCulture, $"| at the end | {figures.AtEnd:0.0} |\n")
            .Append(CultureInfo.InvariantCulture, $"| largest | {figures.ResidentMiB.DefaultIfEmpty(double.NaN).Max():0.0} |\n")
            .Append(CultureInfo.InvariantCulture, $"| growth after the first minute; promised: at most {MaxGrowth:P0} | {figures.Growth:P1}{(kept ? "" : " **missed**")} |\n\n")
            .Append("| Answered | |\n|---|---|\n");
        foreach (var (outcome, count) in figures.Counts.OrderByDescending(c => c.Value))
            text.Append(CultureInfo.InvariantCulture, $"| {outcome} | {count:N0} |\n");
        return (text.ToString(), kept);
    }
}
