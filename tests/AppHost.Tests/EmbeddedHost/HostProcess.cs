using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

/// <summary>The sample host as a process of its own, to be signalled and killed.</summary>
internal sealed partial class HostProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private HostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        process.ErrorDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static string Assembly => typeof(Projects.SampleHost).Assembly.Location;

    public int Id => _process.Id;

    public string[] Lines => [.. _lines];

    public static HostProcess Start(params string[] options) => Run("dotnet", [Assembly, .. options]);

    public static HostProcess Run(string program, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "process groups are used on Linux only");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        return new(Process.Start(start)!);
    }

    public async Task<string> LineAsync(string text)
    {
        var until = Stopwatch.StartNew();
        while (true)
        {
            if (_lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
                return line;
            Assert.True(until.Elapsed < RunningHost.Patience, $"never said '{text}':\n{string.Join('\n', _lines)}");
            await Task.Delay(20);
        }
    }

    /// <summary>The processes that the sample's programs told of, once all did.</summary>
    public async Task<int[]> ChildrenAsync()
    {
        var told = new[] { await LineAsync("store has"), await LineAsync("front has"), await LineAsync("stubborn has") };
        return told.SelectMany(line => Number().Matches(line)).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)).ToArray();
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(new CancellationTokenSource(RunningHost.Patience).Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"\b\d+\b")]
    private static partial Regex Number();
}
