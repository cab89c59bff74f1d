using System.Diagnostics;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>Prometheus' own check of rules; the test is skipped where there is none.</summary>
internal static class Promtool
{
    public static async Task RunAsync(string folder, params string[] arguments)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(entry => Path.Combine(entry, "promtool")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "promtool is not installed (Debian: apt-get install prometheus).");

        using var process = Process.Start(new ProcessStartInfo(path!, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, string.Concat(output));
    }
}
