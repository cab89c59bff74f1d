using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Zakenak.RandomModel;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>The README's first command and what surrounds it, as a person at the keyboard meets it.</summary>
[Collection(nameof(SuiteTests))]
public sealed class CommandTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_printed_curl_line_works_when_pasted_and_ctrl_c_stops_everything()
    {
        await using var suite = AppHostProcess.Start();
        await suite.WaitUntilReadyAsync(Cancelled);
        await suite.WaitForOutputAsync("""}]}'""", Cancelled);
        var line = Regex.Match(suite.Output, """curl -N [\s\S]*?}]}'""").Value;

        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", line]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var answer = await shell.StandardOutput.ReadToEndAsync(Cancelled);
        Assert.Contains("data: [DONE]", answer, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(suite.StateFolder, "dev-api-key")));

        await AppHostProcess.SignalAsync(suite.ProcessId, "INT");
        await suite.WaitUntilAllGoneAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Nothing_outlives_a_killed_dotnet_run()
    {
        await using var suite = AppHostProcess.StartByDotnetRun();
        await suite.WaitUntilReadyAsync(Cancelled);
        Assert.True(suite.Processes().Count >= 6, "dotnet run, AppHost and four services were expected.");

        await AppHostProcess.SignalAsync(suite.ProcessId, "KILL");
        await suite.WaitUntilAllGoneAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        await using var suite = AppHostProcess.Start(stateFolder: null, "--http-port", $"{port}");

        await suite.WaitForOutputAsync($@"{port}\b.*(taken|in use)", Cancelled);
    }

    [Fact]
    public async Task A_model_of_ones_own_is_adopted_by_the_CLI_and_served()
    {
        using var own = await AdoptedModel.ImportAsync(ModelShape.Tiny);
        await using var suite = AppHostProcess.Start(own.StateFolder, "--model", "mine:v1");
        await suite.WaitUntilReadyAsync(Cancelled);

        using var client = suite.CreateClient();
        using var response = await ChatStream.OpenAsync(client, ChatStream.Request("Hello", model: "mine:v1"), Cancelled);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_model_with_one_flipped_byte_is_refused_by_name_and_never_served()
    {
        using var own = await AdoptedModel.ImportAsync(ModelShape.Tiny);
        await own.FlipOneByteAsync();
        await using var suite = AppHostProcess.Start(own.StateFolder, "--model", "mine:v1");

        await suite.WaitForOutputAsync("digest_mismatch", Cancelled);
        Assert.DoesNotContain("curl -N", suite.Output, StringComparison.Ordinal);
    }
}
