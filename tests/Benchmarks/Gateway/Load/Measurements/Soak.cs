using System.Collections.Concurrent;
using System.Diagnostics;
using Zakenak.Benchmarks.GatewayLoad.Setting;

namespace Zakenak.Benchmarks.GatewayLoad.Measurements;

/// <summary>Everything at once for a long time: completions, streams, streams that are left, requests that are refused. Watches the gateway's memory.</summary>
internal static class Soak
{
    private const int Askers = 8;
    private const int Streamers = 100;
    private const int Leavers = 8;
    private const int Refused = 1;

    /// <summary>About half of what the machine can do: memory is watched, not speed.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(4);

    private static readonly TimeSpan _longPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Few enough that the gateway does not take us for somebody who guesses keys.</summary>
    private static readonly TimeSpan _innocentPause = TimeSpan.FromMilliseconds(500);

    public static async Task<SoakFigures> RunAsync(Lab lab, TimeSpan duration, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(duration);
        using var asker = new Asker(lab.Keys);
        var counts = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var gateway = lab.Gateway.Url;
        var clients = Many(Askers, _pause, AskAsync)
            .Concat(Many(Streamers, TimeSpan.Zero, StreamAsync))
            .Concat(Many(Leavers, _longPause, LeaveAsync))
            .Concat(Many(Refused, _innocentPause, AskInVainAsync)).ToArray();
        var samples = await WatchAsync(lab, duration, cancellation);
        await Task.WhenAll(clients);
        return new SoakFigures(duration, samples, counts);

        IEnumerable<Task> Many(int count, TimeSpan pause, Func<Task<string>> request) => Enumerable.Range(0, count).Select(async _ =>
        {
            while (!end.IsCancellationRequested)
            {
                string outcome;
                try
                {
                    outcome = await request();
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    outcome = SoakFigures.Failed + e.Message;
                }

                counts.AddOrUpdate(outcome, 1, (_, n) => n + 1);
                await Task.Delay(pause, CancellationToken.None);
            }
        });

        async Task<string> AskAsync() => await asker.IsAnsweredAsync(gateway, FixedAnswer.Requests[Random.Shared.Next(FixedAnswer.Requests.Count)], cancellation) ? "completions" : SoakFigures.Failed + "a completion";

        async Task<string> StreamAsync()
        {
            const int Events = 40;
            using var answer = await asker.AskAsync(gateway, FixedAnswer.StreamRequest(Events), cancellation);
            await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
            var reader = new EventReader();
            await reader.ReadAsync(stream, int.MaxValue, cancellation);
            return reader is { Count: Events, Reordered: 0, IsDone: true } ? "streams" : SoakFigures.Failed + "a stream";
        }

        async Task<string> LeaveAsync()
        {
            using var answer = await asker.AskAsync(gateway, FixedAnswer.StreamRequest(400), cancellation);
            await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
            return answer.IsSuccessStatusCode && await stream.ReadAsync(new byte[16], cancellation) > 0 ? "streams left by their clients" : SoakFigures.Failed + "a stream";
        }

        async Task<string> AskInVainAsync()
        {
            using var wrongKey = await asker.AskAsync(gateway, FixedAnswer.Requests[0], cancellation, key: "zk-wrong");
            using var wrongBody = await asker.AskAsync(gateway, "{", cancellation);
            return ((int)wrongKey.StatusCode, (int)wrongBody.StatusCode) == (401, 400) ? "pairs of refused requests" : SoakFigures.Failed + "a refusal";
        }
    }

    private static async Task<IReadOnlyList<double>> WatchAsync(Lab lab, TimeSpan duration, CancellationToken cancellation)
    {
        var samples = new List<double>();
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < duration && await second.WaitForNextTickAsync(cancellation);)
        {
            samples.Add(lab.Gateway.Process.ResidentMiB);
            Console.Error.Write(FormattableString.Invariant($"\rsoak: {watch.Elapsed:mm\\:ss}, {samples[^1]:0} MiB          "));
        }

        Console.Error.WriteLine();
        return samples;
    }
}
