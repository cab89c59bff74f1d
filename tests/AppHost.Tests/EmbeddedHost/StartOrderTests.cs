using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using global::EmbeddedHost.Orchestration;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

public class StartOrderTests
{
    [Fact]
    public async Task A_resource_starts_only_once_what_it_waits_for_is_healthy_and_its_ready_event_is_done()
    {
        await using var builder = RunningHost.Builder();
        using var answers = new AnswerFile("/healthz 503 still loading");
        var order = new List<string>();
        var store = builder.AddWeb("store", answers.Path)
            .WithHttpEndpoint(env: "PORT")
            .WithHttpHealthCheck("/healthz")
            .OnResourceReady((_, _, _) =>
            {
                order.Add("store ready");
                return Task.CompletedTask;
            });
        builder.AddShell("front", $"echo up; {Shell.Forever}").WaitFor(store).OnBeforeResourceStarted((_, _, _) =>
        {
            order.Add("front starts");
            return Task.CompletedTask;
        });
        await using var host = await RunningHost.StartAsync(builder);

        // The dependency answers, but not with 200.
        var waiting = await host.UntilAsync("store", @event => @event.Snapshot.HealthReports.Any(report => report.Description == "503 Service Unavailable: still loading"));
        Assert.Equal(KnownResourceStates.Starting, waiting.Snapshot.State?.Text);
        Assert.True(host.App.ResourceNotifications.TryGetCurrentState("front", out var front));
        Assert.Equal(KnownResourceStates.Waiting, front.Snapshot.State?.Text);

        answers.Say("");
        await host.HealthyAsync("front");
        Assert.Equal(["store ready", "front starts"], order);
    }

    [Fact]
    public async Task Independent_resources_do_not_wait_for_each_other()
    {
        await using var builder = RunningHost.Builder();
        using var answers = new AnswerFile("/ 503 never");
        builder.AddWeb("never", answers.Path).WithHttpEndpoint(env: "PORT").WithHttpHealthCheck("/");
        builder.AddShell("other", Shell.Forever);
        await using var host = await RunningHost.StartAsync(builder);

        await host.HealthyAsync("other");
    }

    [Fact]
    public async Task A_resource_can_wait_for_a_program_to_end_with_success()
    {
        await using var builder = RunningHost.Builder();
        var seed = builder.AddShell("seed", "echo seeded");
        builder.AddShell("front", Shell.Forever).WaitForCompletion(seed);
        await using var host = await RunningHost.StartAsync(builder);

        await host.HealthyAsync("front");
        Assert.True(host.App.ResourceNotifications.TryGetCurrentState("seed", out var ended));
        Assert.Equal((KnownResourceStates.Finished, 0), (ended.Snapshot.State!.Text, ended.Snapshot.ExitCode));
    }

    [Fact]
    public async Task A_project_without_endpoints_is_a_job_that_may_end_with_success()
    {
        await using var builder = RunningHost.Builder();
        var job = builder.AddResource(new ProjectResource("job"))
            .WithAnnotation(new ProjectMetadata(HostProcess.Assembly, HostProcess.Assembly))
            .WithArgs("end");
        builder.AddShell("front", Shell.Forever).WaitForCompletion(job);
        await using var host = await RunningHost.StartAsync(builder);

        await host.HealthyAsync("front");
        Assert.Equal((ReplicaState.Exited, 0, 0), (host.Status("job").State, host.Status("job").ExitCode, host.Status("job").Restarts));
    }

    [Fact]
    public async Task A_probe_is_kept_for_publishing_and_is_a_health_check_here()
    {
        await using var builder = RunningHost.Builder();
        using var answers = new AnswerFile("/ready 503 not yet");
#pragma warning disable ASPIREPROBES001
        var web = builder.AddWeb("web", answers.Path).WithHttpEndpoint(env: "PORT").WithHttpProbe(ProbeType.Readiness, "/ready", periodSeconds: 7);
        var probe = Assert.Single(web.Resource.Annotations.OfType<EndpointProbeAnnotation>());
#pragma warning restore ASPIREPROBES001
        Assert.Equal((7, 3, "/ready", "http"), (probe.PeriodSeconds, probe.FailureThreshold, probe.Path, probe.EndpointReference.EndpointName));

        await using var host = await RunningHost.StartAsync(builder);
        await host.UntilAsync("web", _ => host.Status("web").Reason == "/ready: 503 Service Unavailable: not yet");
        answers.Say("");
        await host.HealthyAsync("web");
    }

    [Fact]
    public async Task Resources_that_wait_for_each_other_are_refused_by_name()
    {
        await using var builder = RunningHost.Builder();
        var one = builder.AddShell("one", Shell.Forever);
        var two = builder.AddShell("two", Shell.Forever).WaitFor(one);
        one.WaitFor(two);

        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(() => RunningHost.StartAsync(builder));
        Assert.Contains("one -> two -> one", refused.Message, StringComparison.Ordinal);
    }
}
