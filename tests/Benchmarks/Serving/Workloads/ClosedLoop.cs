using System.Diagnostics;
using Zakenak.Benchmarks.Serving.Client;

namespace Zakenak.Benchmarks.Serving.Workloads;

/// <summary>N clients, each of which sends its next request when the last is answered.</summary>
internal static class ClosedLoop
{
    public static async Task<WorkloadRun> RunAsync(int clients, int requestsEach, Func<int, int, Task<Exchange>> send)
    {
        var start = Stopwatch.GetTimestamp();
        var answered = await Task.WhenAll(Enumerable.Range(0, clients).Select(ClientAsync));
        return new WorkloadRun([.. answered.SelectMany(a => a)], Stopwatch.GetElapsedTime(start).TotalSeconds);

        async Task<List<Exchange>> ClientAsync(int client)
        {
            var exchanges = new List<Exchange>();
            for (var turn = 0; turn < requestsEach; turn++)
                exchanges.Add(await send(client, turn));
            return exchanges;
        }
    }
}
