using System.Globalization;
using Zakenak.ModelServer.Batching;

namespace Zakenak.Benchmarks.Batching;

internal static class Workloads
{
    /// <summary>A step that is never cut short: what the peer does.</summary>
    private static BatchingOptions Unpaced => new() { TargetStepMs = 10_000, LeastPromptTokens = 512 };

    public static async IAsyncEnumerable<string> StreamsAsync(string model)
    {
        foreach (var (name, options) in new[] { ("unpaced", Unpaced), ("paced", new BatchingOptions()) })
        {
            await using var bench = await Bench.StartAsync(model, options).ConfigureAwait(false);
            using var stop = new CancellationTokenSource();
            var streams = Enumerable.Range(0, 8).Select(_ => bench.AskAsync(bench.Tokens(40), 2000, "a", stop.Token)).ToList();
            await bench.UntilAsync(tokens: 160).ConfigureAwait(false);
            var late = (await bench.AskAsync(bench.Tokens(3400), 1, "b").ConfigureAwait(false))[0];
            await bench.UntilAsync(tokens: 80).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            var gaps = (await Task.WhenAll(streams).ConfigureAwait(false)).SelectMany(Gaps).Order().ToList();
            yield return Line($"{name}: worst gap {gaps[^1]:F0} ms, p99 {At(gaps, 0.99):F0} ms, p50 {At(gaps, 0.5):F0} ms; the long prompt's first token after {late:F0} ms");
        }
    }

    public static async IAsyncEnumerable<string> PrefixAsync(string model)
    {
        foreach (var cache in new[] { false, true })
        {
            await using var bench = await Bench.StartAsync(model, new BatchingOptions { PrefixCache = cache }).ConfigureAwait(false);
            for (var round = 0; round < 2; round++)
            {
                var prefix = bench.Tokens(1900, seed: 1);
                var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
                    bench.AskAsync([.. prefix, .. bench.Tokens(20)], 16, cache ? "a" : $"a{i}"))).ConfigureAwait(false);
                var first = answers.Select(times => times[0]).Order().ToList();
                yield return Line($"{(cache ? "shared" : "not shared")}, round {round + 1}: TTFT p50 {At(first, 0.5):F0} ms, p95 {At(first, 0.95):F0} ms");
            }
        }
    }

    public static async IAsyncEnumerable<string> FloodAsync(string model)
    {
        await using var bench = await Bench.StartAsync(model, new BatchingOptions()).ConfigureAwait(false);
        var idle = await OneAtATimeAsync(bench, 10).ConfigureAwait(false);
        using var stop = new CancellationTokenSource();
        var flood = Enumerable.Range(0, 64).Select(_ => bench.AskAsync(bench.Tokens(200), 400, "flood", stop.Token)).ToList();
        await bench.UntilAsync(tokens: 160).ConfigureAwait(false);
        var busy = await OneAtATimeAsync(bench, 10).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(flood).ConfigureAwait(false);
        yield return Line($"TTFT p95 {At(idle, 0.95):F0} ms when idle, {At(busy, 0.95):F0} ms in the flood: {At(busy, 0.95) / At(idle, 0.95):F1} times");
    }

    public static async IAsyncEnumerable<string> ThroughputAsync(string model)
    {
        await using var bench = await Bench.StartAsync(model, new BatchingOptions()).ConfigureAwait(false);
        foreach (var streams in new[] { 1, 16 })
        {
            await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => bench.AskAsync(bench.Tokens(30), 10))).ConfigureAwait(false);
            var before = (Cpu: Environment.CpuUsage.TotalTime, Bytes: GC.GetTotalAllocatedBytes(precise: true));
            var tokens = (await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => bench.AskAsync(bench.Tokens(30), 200))).ConfigureAwait(false)).Sum(times => times.Count);
            var rate = tokens / (Environment.CpuUsage.TotalTime - before.Cpu).TotalSeconds;
            yield return Line($"{streams} streams: {rate:F0} tokens/s, {(GC.GetTotalAllocatedBytes(precise: true) - before.Bytes) / (double)tokens:F0} B allocated per token (the list of times included)");
        }
    }

    public static async IAsyncEnumerable<string> BurstAsync(string model)
    {
        foreach (var (name, options) in new[] { ("unpaced", Unpaced), ("paced", new BatchingOptions()) })
        {
            await using var bench = await Bench.StartAsync(model, options).ConfigureAwait(false);
            for (var round = 0; round < 2; round++)
            {
                // The first is a little ahead, as one of several requests always is.
                var first = bench.AskAsync(bench.Tokens(60), 96);
                await Task.Delay(20).ConfigureAwait(false);
                var answers = await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => bench.AskAsync(bench.Tokens(60), 96)).Prepend(first)).ConfigureAwait(false);
                var ttft = answers.Select(times => times[0]).Order().ToList();
                var gaps = answers.SelectMany(Gaps).Order().ToList();
                yield return Line($"{name}, round {round + 1}: {16 * 96 / answers.Max(times => times[^1]) * 1000:F0} tokens/s; TTFT p50 {At(ttft, 0.5):F0} ms, p95 {At(ttft, 0.95):F0} ms; gap p50 {At(gaps, 0.5):F0} ms, p95 {At(gaps, 0.95):F0} ms, worst {gaps[^1]:F0} ms");
            }
        }
    }

    private static async Task<List<double>> OneAtATimeAsync(Bench bench, int count)
    {
        var first = new List<double>();
        for (var i = 0; i < count; i++)
        {
            first.Add((await bench.AskAsync(bench.Tokens(100), 20, "little").ConfigureAwait(false))[0]);
        }

        return [.. first.Order()];
    }

    private static IEnumerable<double> Gaps(List<double> times) => times.Zip(times.Skip(1), (earlier, later) => later - earlier);

    private static double At(List<double> sorted, double quantile) => sorted[(int)Math.Ceiling((sorted.Count * quantile) - 1)];

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);
}
