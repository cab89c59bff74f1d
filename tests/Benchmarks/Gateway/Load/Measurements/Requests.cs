using Zakenak.Benchmarks.GatewayLoad.Setting;

namespace Zakenak.Benchmarks.GatewayLoad.Measurements;

/// <summary>The same request again and again: round by round, and within a round proxy by proxy, so that what the machine does to one it does to all.</summary>
internal sealed class Requests(Lab lab, int rounds, TimeSpan duration)
{
    /// <summary>Until the compiler has done with the hot path, more than half a minute: it compiles in the background, on cores that are busy.</summary>
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(45);

    private bool _isWarm;

    public async Task<IReadOnlyList<RequestFigures>> RunAsync(int connections, CancellationToken cancellation)
    {
        Proxy[] proxies = [lab.Gateway, lab.BareYarp, lab.Nginx];
        var runs = proxies.ToDictionary(p => p, _ => new List<RequestFigures>());
        foreach (var proxy in _isWarm ? [] : proxies)
            await Wrk.RunAsync(lab, proxy.Url, connections, _warmUp, cancellation);
        _isWarm = true;
        for (var round = 0; round < rounds; round++)
        {
            // Each round begins with another one: nobody is always first.
            foreach (var proxy in proxies.Skip(round % proxies.Length).Concat(proxies.Take(round % proxies.Length)))
            {
                Console.Error.Write($"\r{connections} connections: round {round + 1} of {rounds}, {proxy.Name}          ");
                runs[proxy].Add(await RunAsync(proxy, connections, cancellation));
            }
        }

        RequestFigures[] figures = [.. proxies.Select(p => MedianOf(runs[p]))];
        Console.Error.WriteLine($"\r{connections} connections: {string.Join(", ", figures.Select(f => FormattableString.Invariant($"{f.Proxy} {f.PerSecond:0}/s, p50 {f.P50Us:0} µs")))}          ");
        return figures;
    }

    private async Task<RequestFigures> RunAsync(Proxy proxy, int connections, CancellationToken cancellation)
    {
        var isOurs = proxy == lab.Gateway;
        var allocated = isOurs ? await lab.AllocatedBytesAsync(cancellation) : 0;
        var processor = proxy.Process.ProcessorSeconds;
        var run = await Wrk.RunAsync(lab, proxy.Url, connections, duration, cancellation);
        processor = proxy.Process.ProcessorSeconds - processor;
        allocated = isOurs ? await lab.AllocatedBytesAsync(cancellation) - allocated : 0;
        return new RequestFigures(
            proxy.Name, run.Requests / run.Seconds, run.P50Us, run.P99Us, processor / run.Requests * 1e6, isOurs ? allocated / run.Requests : null, run.Requests, run.Failures);
    }

    private static RequestFigures MedianOf(List<RequestFigures> runs)
    {
        return new RequestFigures(
            runs[0].Proxy, Of(r => r.PerSecond), Of(r => r.P50Us), Of(r => r.P99Us), Of(r => r.ProcessorUs),
            runs[0].AllocatedBytes is null ? null : Of(r => r.AllocatedBytes!.Value), runs.Sum(r => r.Requests), runs.Sum(r => r.Failures));

        double Of(Func<RequestFigures, double> figure)
        {
            var sorted = runs.Select(figure).Order().ToArray();
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }
}
