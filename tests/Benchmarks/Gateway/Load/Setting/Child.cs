using System.Diagnostics;
using System.Globalization;

namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>A process of the benchmark, with its output in a file. Services end with our end of their standard input, however we die.</summary>
internal sealed class Child : IAsyncDisposable
{
    private static readonly double _ticksPerSecond = 100; // USER_HZ of every Linux that .NET runs on

    private readonly Process _process;
    private readonly string _log;

    private Child(Process process, string log) => (_process, _log) = (process, log);

    public static Child Start(string name, string folder, string file, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        // The shell opens the log and becomes the program: nothing of ours stands between it and its output.
        var log = Path.Combine(folder, name + ".log");
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" > \"$log\" 2>&1", "sh", log, file, .. arguments])
        {
            RedirectStandardInput = true,

            // Not where the logs are: who follows the files of its own folder would hear of every line.
            WorkingDirectory = Directory.CreateDirectory(Path.Combine(folder, "run")).FullName,
        };
        start.Environment["EMBEDDEDHOST_STDIN_LIFETIME"] = "1";
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        return new Child(Process.Start(start)!, log);
    }

    public int Id => _process.Id;

    /// <summary>Processor time so far in seconds, with that of its workers.</summary>
    public double ProcessorSeconds => Family.Sum(ProcessorSecondsOf);

    /// <summary>Resident set in MiB.</summary>
    public double ResidentMiB => File.ReadLines($"/proc/{_process.Id}/status").Where(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Sum(l => double.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024);

    private IEnumerable<int> Family => File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)).Append(_process.Id);

    /// <summary>Waits until the check passes.</summary>
    /// <exception cref="InvalidOperationException">It ended before, or took too long; its output is in the message.</exception>
    public async Task UntilAsync(Func<CancellationToken, Task<bool>> ready, CancellationToken cancellation)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await ready(cancellation))
                    return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // Not yet.
            }

            if (_process.HasExited || patience.Elapsed > TimeSpan.FromSeconds(60))
                throw new InvalidOperationException($"{Path.GetFileNameWithoutExtension(_log)} did not start:\n{string.Join('\n', File.ReadLines(_log).TakeLast(20))}");
            await Task.Delay(50, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using (var stop = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await stop.WaitForExitAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static double ProcessorSecondsOf(int id)
    {
        // After the name in parentheses: state is the first field, user and system time are the 12th and 13th (proc_pid_stat(5)).
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / _ticksPerSecond;
    }
}
