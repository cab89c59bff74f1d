using Zakenak.Benchmarks.GatewayLoad.Setting;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Benchmarks.GatewayLoad.Measurements;

/// <summary>Many streams at the same time. Events carry the moment they were written; all processes read one clock (CLOCK_MONOTONIC).</summary>
internal static class Streams
{
    /// <summary>So long streams come one after the other; then all of them run.</summary>
    private static readonly TimeSpan _ramp = TimeSpan.FromSeconds(3);

    /// <summary>And so long they run before they are measured: each proxy's compiler has then seen them.</summary>
    private static readonly TimeSpan _settling = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _measured = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<StreamFigures>> RunAsync(Lab lab, int streams, CancellationToken cancellation)
    {
        // A tenth of them first, for the compiler.
        await RunAsync("warm-up", lab, lab.Gateway.Url, streams / 10, TimeSpan.FromSeconds(2), null, cancellation);
        using var workload = WorkloadHttpHandler.Create(lab.GatewayIdentity, ServiceNames.ModelServer);
        return
        [
            await RunAsync("none", lab, lab.StreamBackend, streams, _measured, workload, cancellation),
            await RunAsync(lab.BareYarpOfStreams.Name, lab, lab.BareYarpOfStreams.Url, streams, _measured, null, cancellation),
            await RunAsync(lab.Gateway.Name, lab, lab.Gateway.Url, streams, _measured, null, cancellation),
        ];
    }

    private static async Task<StreamFigures> RunAsync(
        string name, Lab lab, Uri url, int streams, TimeSpan measured, HttpMessageHandler? handler, CancellationToken cancellation)
    {
        Console.Error.Write($"\r{streams} streams: {name}          ");
        using var asker = new Asker(lab.Keys, handler);
        var ramp = (int)(_ramp.TotalSeconds * StreamBackend.EventsPerSecond);
        var settled = ramp + (int)(_settling.TotalSeconds * StreamBackend.EventsPerSecond);
        var events = settled + (int)(measured.TotalSeconds * StreamBackend.EventsPerSecond);
        var body = FixedAnswer.StreamRequest(events);
        var readers = Enumerable.Range(0, streams).Select(_ => new EventReader()).ToArray();
        await Task.WhenAll(readers.Select(async (reader, i) =>
        {
            await Task.Delay(_ramp * i / streams, cancellation);
            using var answer = await asker.AskAsync(url, body, cancellation);
            answer.EnsureSuccessStatusCode();
            await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);

            // The last one begins a ramp after the first, and is measured from the same moment on.
            await reader.ReadAsync(stream, settled - (ramp * i / streams), cancellation);
        }));
        var figures = new StreamFigures(
            name,
            [.. readers.SelectMany(r => r.Delays).Order()],
            readers.Sum(r => (long)events - r.Count + (r.IsDone ? 0 : 1)),
            readers.Sum(r => (long)r.Reordered));
        Console.Error.WriteLine(FormattableString.Invariant($"\r{streams} streams: {name} p50 {figures.Delay(0.5):0.00} ms, p99 {figures.Delay(0.99):0.00} ms          "));
        return figures;
    }
}
