using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

/// <summary>An AppHost's own entry point, run inside a test as real Aspire's testing package does.</summary>
public class EntryPointTests
{
    [Fact]
    public async Task A_test_sees_and_changes_the_model_before_anything_starts()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleHost>(["--EmbeddedHost:StopGracePeriod=00:00:01"]);
        Assert.Equal(["store", "front", "stubborn"], builder.Resources.Select(resource => resource.Name));
        var front = Assert.IsType<ExecutableResource>(builder.Resources[1]);
        Assert.Same(builder.Resources[0], Assert.Single(front.Annotations.OfType<WaitAnnotation>()).Resource);

        // Without this the stubborn one would use up its grace period at the end.
        builder.Resources.RemoveAt(2);
        builder.AddShell("added", $"echo added; {Shell.Forever}");
        await using var app = await builder.BuildAsync();
        Assert.False(app.ResourceNotifications.TryGetCurrentState("store", out _));

        await app.StartAsync();
        using var patience = new CancellationTokenSource(RunningHost.Patience);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("front", patience.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("added", patience.Token);
        await app.StopAsync();
        Assert.True(app.ResourceNotifications.TryGetCurrentState("store", out var store));
        Assert.Equal(KnownResourceStates.Exited, store.Snapshot.State?.Text);
    }

    [Fact]
    public async Task Waiting_in_vain_says_what_was_waited_for()
    {
        await using var builder = RunningHost.Builder();
        builder.AddShell("job", "echo cannot find the disk; exit 1");
        await using var host = await RunningHost.StartAsync(builder);
        await host.LineAsync("job", "cannot find");
        using var impatience = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => host.App.ResourceNotifications.WaitForResourceAsync("job", "Never", impatience.Token));
        Assert.Contains("cannot find the disk", cancelled.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_there_is_not_reaches_the_terminal_with_exit_code_1()
    {
        await using var host = HostProcess.Start("--operation", "publish", "--step", "deploy");
        await host.LineAsync("There is no step 'deploy'");
        Assert.Equal(1, await host.ExitAsync());
    }

    [Fact]
    public async Task A_project_that_the_build_does_not_know_is_refused_with_what_to_add()
    {
        await using var builder = RunningHost.Builder();
        var project = Path.GetTempFileName();
        try
        {
            var refused = Assert.Throws<DistributedApplicationException>(() => builder.AddProject("web", project));
            Assert.Contains($"<ProjectReference Include=\"{project}\"", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(project);
        }
    }
}
