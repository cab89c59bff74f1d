using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using global::EmbeddedHost.Orchestration;
using global::EmbeddedHost.Terminal;
using Microsoft.Extensions.DependencyInjection;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

public class RestartTests
{
    [Fact]
    public async Task A_killed_process_is_started_again_and_counted()
    {
        await using var builder = RunningHost.Builder();
        builder.AddShell("job", "echo pid $$; exec sleep 1000");
        await using var host = await RunningHost.StartAsync(builder);

        var first = await host.LineAsync("job", "pid ");
        await Signals.SendAsync("KILL", int.Parse(first[4..], CultureInfo.InvariantCulture));
        await host.UntilAsync("job", @event => host.Status("job").Restarts == 1 && @event.Snapshot.State?.Text == KnownResourceStates.Running);

        Assert.NotEqual(first[4..], (await host.LineAsync("job", "pid ", after: first))[4..]);
    }

    [Fact]
    public async Task A_program_that_fails_over_and_over_is_reported_with_its_exit_code_and_last_lines_and_who_waits()
    {
        await using var builder = RunningHost.Builder();
        using var screen = new StringWriter();
        builder.Services.AddSingleton(new TerminalOutput(screen, false));
        var store = builder.AddShell("store", "echo 'no such disk' >&2; exit 42").WithHttpEndpoint(env: "PORT").WithHttpHealthCheck("/");
        builder.AddShell("front", Shell.Forever).WaitFor(store);
        await using var host = await RunningHost.StartAsync(builder);

        var failed = await FailedToStartAsync(host, "store");
        Assert.Equal(42, failed.ExitCode);
        Assert.Contains("exited with code 42", failed.Reason, StringComparison.Ordinal);
        await host.UntilAsync("front", _ => host.Status("front").Reason?.StartsWith("waits for store (", StringComparison.Ordinal) ?? false);

        // It was told of before the next start.
        await host.UntilAsync("store", _ => host.Status("store").Restarts > 2);
        await host.App.StopAsync();
        var text = screen.ToString();
        Assert.Contains("store failed to start: exited with code 42", text, StringComparison.Ordinal);
        Assert.Contains("    no such disk", text, StringComparison.Ordinal);
        Assert.Contains("Waiting for it: front", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_can_have_the_host_exit_with_1_when_a_resource_does_not_start()
    {
        await using var host = HostProcess.Start("--with-failing", "true", "--exit-on-start-failure", "--no-dashboard", "--EmbeddedHost:StopGracePeriod=00:00:01");

        Assert.Equal(1, await host.ExitAsync());
        await host.LineAsync("failing failed to start: exited with code 9");
        await host.LineAsync("    no disk");
        await host.LineAsync("embedded host: stopped");
    }

    [Fact]
    public async Task A_program_that_does_not_exist_fails_to_start_by_its_name()
    {
        await using var builder = RunningHost.Builder("--EmbeddedHost:FailedStartsUntilReport=1");
        builder.AddExecutable("job", "no-such-program", ".");
        await using var host = await RunningHost.StartAsync(builder);

        Assert.Contains("no-such-program", (await FailedToStartAsync(host, "job")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_that_throws_fails_that_start_only()
    {
        await using var builder = RunningHost.Builder();
        var calls = 0;
        builder.AddShell("job", Shell.Forever).WithEnvironment(_ =>
        {
            if (++calls == 1)
                throw new InvalidOperationException("no token yet");
        });
        await using var host = await RunningHost.StartAsync(builder);

        await host.HealthyAsync("job");
        Assert.Equal(1, host.Status("job").Restarts);
    }

    [Fact]
    public async Task A_resource_that_turns_unhealthy_says_why_and_recovers()
    {
        await using var builder = RunningHost.Builder("--EmbeddedHost:HealthCheckInterval=00:00:00.1");
        using var answers = new AnswerFile("");
        builder.AddWeb("store", answers.Path)
            .WithHttpEndpoint(env: "PORT").WithHttpHealthCheck("/").WithHttpHealthCheck("/deep");
        await using var host = await RunningHost.StartAsync(builder);

        await host.HealthyAsync("store");
        var process = host.Status("store").ProcessId;
        answers.Say("/deep 500 disk full");
        await host.UntilAsync("store", _ => host.Status("store") is { State: ReplicaState.Unhealthy, Reason: "/deep: 500 Internal Server Error: disk full" });

        answers.Say("");
        await host.HealthyAsync("store");
        Assert.Equal(process, host.Status("store").ProcessId);
    }

    [Fact]
    public void Delays_double_up_to_the_longest_with_a_fifth_of_jitter_and_start_over_after_a_reset()
    {
        var backoff = new RestartBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), new Random(1));
        foreach (var expected in new[] { 1, 2, 4, 8, 10, 10 })
            Assert.InRange(backoff.Next().TotalSeconds, expected * 0.8, expected * 1.2);

        for (var i = 0; i < 100; i++)
            Assert.InRange(backoff.Next().TotalSeconds, 8, 12);

        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.8, 1.2);
    }

    // As it was then: a moment later it starts again.
    private static async Task<ReplicaStatus> FailedToStartAsync(RunningHost host, string name)
    {
        ReplicaStatus? failed = null;
        await host.UntilAsync(name, _ => (failed = host.Status(name)).State == ReplicaState.FailedToStart);
        return failed!;
    }
}
