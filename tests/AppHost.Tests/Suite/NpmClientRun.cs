using System.Diagnostics;
using System.Text.Json;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>Installs a pinned package of npm, once for each lock, and runs its suite in <c>tests/Clients</c> against the gateway, once for all cases.</summary>
public abstract class NpmClientRun(SuiteFixture suite, string package) : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>What npm says where there is no registry to be reached and nothing in its cache.</summary>
    private static readonly string[] Offline = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "ETIMEDOUT", "ENOTCACHED"];

    private readonly string _folder = Path.Combine(AppContext.BaseDirectory, $"{package}-npm");

    /// <summary>Why it can't run here; null where it ran.</summary>
    public string? Skip { get; private set; }

    /// <summary>Each case with what went wrong; null where all went well.</summary>
    public Dictionary<string, string?> Cases { get; } = new(StringComparer.Ordinal);

    public async ValueTask InitializeAsync()
    {
        if (!IsThere("node") || !IsThere("npm"))
        {
            Skip = $"The suite of npm's {package} needs Node.js 20 or later and npm.";
            return;
        }

        if (!File.Exists(Path.Combine(_folder, "node_modules", package, "package.json")))
        {
            var (exitCode, output) = await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]);
            if (exitCode != 0 && Offline.Any(code => output.Contains(code, StringComparison.Ordinal)))
            {
                Skip = $"npm's {package} is not installed yet, and npm reaches no registry.";
                return;
            }

            Assert.True(exitCode == 0, $"npm could not install what tests/Clients/{package}-npm pins: {output}");
        }

        var (status, lines) = await RunAsync("node", ["suite.mjs"]);
        foreach (var line in lines.Split('\n').Where(line => line.StartsWith('{')))
        {
            using var report = JsonDocument.Parse(line);
            Cases[report.RootElement.GetProperty("name").GetString()!] =
                report.RootElement.TryGetProperty("why", out var why) ? why.GetString() : null;
        }

        Assert.True(status == 0, lines);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private async Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ZAKENAK_URL"] = suite.Edge.ToString();
        start.Environment["ZAKENAK_KEY"] = suite.DevelopmentKey;
        using var process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(Timeout);
        using var end = timeout.Token.Register(() => process.Kill(entireProcessTree: true));
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
