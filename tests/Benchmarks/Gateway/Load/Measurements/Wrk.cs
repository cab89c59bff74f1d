using System.Diagnostics;
using System.Globalization;
using Zakenak.Benchmarks.GatewayLoad.Setting;

namespace Zakenak.Benchmarks.GatewayLoad.Measurements;

/// <summary>One run of wrk: one thread, all keys and bodies in turn.</summary>
/// <param name="Failures">Answers that were none, or not 2xx.</param>
internal sealed record Wrk(long Requests, double Seconds, long Failures, double P50Us, double P99Us)
{
    public static async Task<Wrk> RunAsync(Lab lab, Uri proxy, int connections, TimeSpan duration, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("wrk",
        [
            "--threads", "1",
            "--connections", connections.ToString(CultureInfo.InvariantCulture),
            "--duration", string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0}s"),
            "--timeout", "10s",
            "--script", Path.Combine(AppContext.BaseDirectory, "wrk.lua"),
            new Uri(proxy, "/v1/chat/completions").ToString(), "--", lab.KeysFile, lab.BodiesFile,
        ])
        {
            RedirectStandardOutput = true,
        };
        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync(cancellation);
        await wrk.WaitForExitAsync(cancellation);
        var result = output.Split('\n').FirstOrDefault(l => l.StartsWith("RESULT ", StringComparison.Ordinal))?.Split(' ')
            ?? throw new InvalidOperationException("wrk failed:\n" + output);
        return new Wrk(
            long.Parse(result[1], CultureInfo.InvariantCulture),
            double.Parse(result[2], CultureInfo.InvariantCulture) / 1e6,
            long.Parse(result[3], CultureInfo.InvariantCulture),
            double.Parse(result[4], CultureInfo.InvariantCulture),
            double.Parse(result[5], CultureInfo.InvariantCulture));
    }
}
