using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>AppHost as a person starts it: a process of its own, ports of its own, its terminal's text.</summary>
public sealed class AppHostProcess : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;
    private readonly string? _ownedStateFolder;

    private AppHostProcess(string file, IEnumerable<string> arguments, string? stateFolder)
    {
        _ownedStateFolder = stateFolder is null ? Directory.CreateTempSubdirectory("zakenak-run-").FullName : null;
        StateFolder = stateFolder ?? _ownedStateFolder!;
        HttpPort = FreePort.Next();
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // What a test says on the command line comes before these.
        start.Environment["state-dir"] = StateFolder;
        start.Environment["http-port"] = $"{HttpPort}";
        start.Environment["https-port"] = $"{FreePort.Next()}";

        // Every process of this run carries the mark, so that a test can find all of them.
        start.Environment["ZAKENAK_TEST_MARK"] = Mark;
        if (_ownedStateFolder is not null)
        {
            start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(_ownedStateFolder, "temporary")).FullName; // the SDK leaves folders there
        }

        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _process.ErrorDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Mark { get; } = Guid.NewGuid().ToString("n");

    public string StateFolder { get; }

    public int HttpPort { get; }

    public Uri Edge => new($"http://localhost:{HttpPort}");

    public int ProcessId => _process.Id;

    public string Output => string.Join('\n', _lines);

    public string DevelopmentKey => File.ReadAllText(Path.Combine(StateFolder, "dev-api-key")).Trim();

    /// <summary>A client of the gateway's plain port with the development key.</summary>
    public HttpClient CreateClient()
    {
        var client = new HttpClient { BaseAddress = Edge };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DevelopmentKey);
        return client;
    }

    public static string Repository { get; } = FindRepository();

    /// <summary>Starts the built AppHost.</summary>
    public static AppHostProcess Start(string? stateFolder = null, params string[] arguments) =>
        new("dotnet", [typeof(Projects.AppHost).Assembly.Location, .. arguments], stateFolder);

    /// <summary>Starts it by <c>dotnet run</c>, as the README says.</summary>
    public static AppHostProcess StartByDotnetRun(params string[] arguments) =>
        new("dotnet", ["run", "--no-build", "--project", Path.Combine(Repository, "AppHost"), "--", .. arguments], stateFolder: null);

    /// <summary>Waits for a text in the output; fails at once if the process ends first.</summary>
    public async Task<Match> WaitForOutputAsync(string pattern, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(90));
        while (true)
        {
            var exited = _process.HasExited;
            if (Regex.Match(Output, pattern) is { Success: true } match)
            {
                return match;
            }

            if (exited || timeout.IsCancellationRequested)
            {
                Assert.Fail($"'{pattern}' was not printed{(exited ? $", the process ended with {_process.ExitCode}" : "")}:\n{Output}");
            }

            await Task.Delay(50, CancellationToken.None);
        }
    }

    public Task<Match> WaitUntilReadyAsync(CancellationToken cancellationToken) => WaitForOutputAsync("curl -N", cancellationToken);

    /// <summary>Ids of the living processes of this run whose command line contains <paramref name="part"/>.</summary>
    public IReadOnlyList<int> Processes(string part = "")
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(folder), out var id)
                    && File.ReadAllText(Path.Combine(folder, "environ")).Contains($"ZAKENAK_TEST_MARK={Mark}", StringComparison.Ordinal)
                    && File.ReadAllText(Path.Combine(folder, "cmdline")).Contains(part, StringComparison.Ordinal))
                {
                    found.Add(id);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone in the meantime, or not ours.
            }
        }

        return found;
    }

    /// <summary>Sends a signal by number of its name, as <c>kill</c> does.</summary>
    public static async Task SignalAsync(int processId, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{processId}"]);
        await kill.WaitForExitAsync();
    }

    public async Task WaitUntilAllGoneAsync(TimeSpan limit)
    {
        var start = Stopwatch.GetTimestamp();
        while (Processes().Count > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < limit, $"Still alive after {limit}: {string.Join(' ', Processes())}\n{Output}");
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync(_process.Id, "TERM");
            await _process.WaitForExitAsync();
        }

        await WaitUntilAllGoneAsync(TimeSpan.FromSeconds(60));
        _process.Dispose();
        if (_ownedStateFolder is not null)
        {
            Directory.Delete(_ownedStateFolder, recursive: true);
        }
    }

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Zakenak.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run from inside the repository.");
        }

        return folder;
    }
}
