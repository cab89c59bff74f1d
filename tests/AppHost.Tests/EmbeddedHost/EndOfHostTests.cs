using System.Globalization;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

/// <summary>However the host ends, nothing that it started stays behind.</summary>
public class EndOfHostTests
{
    private static readonly string[] _options = ["--verbose", "--no-dashboard", "--EmbeddedHost:StopGracePeriod=00:00:01"];

    [Fact]
    public async Task Ctrl_C_stops_in_reverse_order_and_kills_who_does_not_go_within_the_grace_period()
    {
        await using var host = HostProcess.Start("--verbose", "--no-dashboard", "--EmbeddedHost:StopGracePeriod=00:00:05");
        var children = await host.ChildrenAsync();
        await Signals.SendAsync("INT", host.Id);

        Assert.Equal(0, await host.ExitAsync());
        await Signals.AllGoneAsync(children, TimeSpan.FromSeconds(60));
        var lines = host.Lines.Where(line => !line.Contains("stubborn", StringComparison.Ordinal)).ToList();
        int At(string text) => lines.FindIndex(line => line.Contains(text, StringComparison.Ordinal));
        Assert.InRange(At("front says goodbye"), 0, At("front                stopped"));
        Assert.InRange(At("front                stopped"), 0, At("store                stopping"));
    }

    [Fact]
    public async Task A_second_Ctrl_C_kills_at_once()
    {
        await using var host = HostProcess.Start("--verbose", "--no-dashboard", "--EmbeddedHost:StopGracePeriod=00:05:00");
        var children = await host.ChildrenAsync();
        await Signals.SendAsync("INT", host.Id);
        await host.LineAsync("embedded host: stopping");
        await host.LineAsync("store                stopped");

        // The first 300 ms do not count as a second request.
        await Task.Delay(400);
        await Signals.SendAsync("INT", host.Id);

        Assert.Equal(130, await host.ExitAsync());
        await Signals.AllGoneAsync(children, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task SIGKILL_of_the_host_leaves_nothing_behind()
    {
        await using var host = HostProcess.Start(_options);
        var children = await host.ChildrenAsync();
        Assert.All(children, child => Assert.True(Signals.IsAlive(child)));
        await Signals.SendAsync("KILL", host.Id);

        await Signals.AllGoneAsync(children, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task SIGKILL_of_dotnet_run_stops_the_host_and_leaves_nothing_behind()
    {
        // A shell that calls itself "dotnet run" as the real one does, and like it waits for the host.
        Assert.SkipUnless(File.Exists("/bin/bash"), "bash is needed to give a process another name");
        var host = $"{string.Join(' ', new[] { "dotnet", HostProcess.Assembly }.Concat(_options).Select(word => $"'{word}'"))} & echo host is $!; wait";
        var script = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(script, host);
        try
        {
            await using var run = HostProcess.Run("bash", "-c", $"exec -a dotnet sh {script} run");
            var pid = int.Parse((await run.LineAsync("host is"))[8..], CultureInfo.InvariantCulture);
            var children = await run.ChildrenAsync();
            await Signals.SendAsync("KILL", run.Id);

            await Signals.AllGoneAsync([pid, .. children], TimeSpan.FromSeconds(60));
        }
        finally
        {
            File.Delete(script);
        }
    }

    [Fact]
    public async Task Disposing_an_application_in_a_test_leaves_nothing_behind()
    {
        await using var builder = RunningHost.Builder();
        builder.AddShell("job", $"sleep 3600 & echo $$ $!; {Shell.Forever}");
        var host = await RunningHost.StartAsync(builder);
        var children = (await host.LineAsync("job", " ")).Split(' ').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)).ToArray();
        await host.DisposeAsync();

        await Signals.AllGoneAsync(children, TimeSpan.FromSeconds(60));
    }
}
