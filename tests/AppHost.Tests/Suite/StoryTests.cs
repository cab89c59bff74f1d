using System.Diagnostics;
using System.Text.RegularExpressions;
using Zakenak.RandomModel;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>The commands in docs/model-trust.md, typed beside a running suite: what they print there, they print.</summary>
[Collection(nameof(SuiteTests))]
public sealed partial class StoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("zakenak-story-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_model_is_refused_before_it_is_promoted_served_afterwards_and_no_longer_once_revoked()
    {
        RandomModelGenerator.Write(Path.Combine(_folder, "model.gguf"), ModelShape.Tiny);
        var document = await File.ReadAllTextAsync(Path.Combine(AppHostProcess.Repository, "docs", "model-trust.md"), Cancelled);
        var steps = Step().Matches(Story().Match(document).Groups[1].Value).Select(match => (Command: match.Groups[1].Value, Expected: match.Groups[2].Value.TrimEnd())).ToList();
        var start = steps.FindIndex(step => step.Command.Contains("--project AppHost", StringComparison.Ordinal));
        Assert.True(start > 0 && steps.Count > start + 5, "The story is not there.");

        foreach (var (command, expected) in steps[..start])
        {
            await RunAsync(command, expected, port: 0);
        }

        var state = Path.Combine(_folder, ".zakenak");
        string[] arguments = [.. steps[start].Command.Split(" -- ")[1].Split(' '), "--no-dashboard"];
        await using (var suite = AppHostProcess.Start(state, arguments))
        {
            await suite.WaitForOutputAsync(@"gateway +running", Cancelled);
            await suite.WaitForOutputAsync(@"model-registry +running", Cancelled);
            var said = new Queue<string>(Said().Match(document).Groups[1].Value.TrimEnd().Split('\n'));
            foreach (var (command, expected) in steps[(start + 1)..])
            {
                // The terminal tells every few seconds why something does not start, and who types faster never reads it.
                if (said.Count > 1 && command.Contains("model promote", StringComparison.Ordinal))
                {
                    await SaidAsync(suite, said.Dequeue());
                }

                await RunAsync(command, expected, suite.HttpPort);
            }

            Assert.NotEmpty(said);
            foreach (var line in said)
            {
                await SaidAsync(suite, line);
            }
        }

        // Nothing at the next start promotes it again.
        await using var next = AppHostProcess.Start(state, "--model", "mine:v1", "--no-dashboard");
        await next.WaitForOutputAsync("model-publisher +finished", Cancelled);
        await next.WaitForOutputAsync("503 .* revoked", Cancelled);
        Assert.DoesNotContain("curl -N", next.Output, StringComparison.Ordinal);
    }

    private static Task<Match> SaidAsync(AppHostProcess suite, string line) =>
        suite.WaitForOutputAsync(Regex.Escape(line.Trim('…', ' ')).Replace("…", ".*", StringComparison.Ordinal), Cancelled);

    /// <summary>Types a command; one that asks what is served is typed again until it is as expected.</summary>
    private async Task RunAsync(string command, string expected, int port)
    {
        var began = Stopwatch.GetTimestamp();
        string output;
        do
        {
            output = await TypeAsync(command.Replace("localhost:8080", $"localhost:{port}", StringComparison.Ordinal));
        }
        while (command.StartsWith("curl", StringComparison.Ordinal) && !IsAsTold(output, expected) && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(90));
        Assert.True(IsAsTold(output, expected), $"$ {command}\n{output}\ninstead of\n{expected}");
    }

    // The document shortens with an ellipsis.
    private static bool IsAsTold(string output, string expected) =>
        Regex.IsMatch(output, Regex.Escape(expected).Replace("…", "[\\s\\S]*", StringComparison.Ordinal));

    private async Task<string> TypeAsync(string command)
    {
        // What was built already is run, as `dotnet run` would.
        var built = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", ".."));
        var script = $$"""
            dotnet() {
              case "$3" in
                Cli) program='{{AppContext.BaseDirectory}}/zakenak.dll' ;;
                *) program="{{built}}/$3/debug/$3.dll" ;;
              esac
              shift 4
              command dotnet "$program" "$@"
            }
            {{command}}
            """;
        var start = new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Remove("ZAKENAK_HOME");
        using var shell = Process.Start(start)!;
        shell.StandardInput.Close();
        var error = shell.StandardError.ReadToEndAsync(Cancelled);
        var output = await shell.StandardOutput.ReadToEndAsync(Cancelled);
        await shell.WaitForExitAsync(Cancelled);
        return output + await error;
    }

    [GeneratedRegex("\n## The whole story\n[\\s\\S]*?```console\n([\\s\\S]*?)```")]
    private static partial Regex Story();

    [GeneratedRegex("says there why a model is not served:\n\n```text\n([\\s\\S]+?)```")]
    private static partial Regex Said();

    [GeneratedRegex(@"^\$ (.+)\n((?:(?!\$ ).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Step();
}
