using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using EmbeddedHost.Processes;
using EmbeddedHost.Terminal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EmbeddedHost.Orchestration;

/// <summary>Runs the whole application: in dependency order when it starts, in reverse when it stops.</summary>
internal sealed class Orchestrator(
    DistributedApplicationModel model,
    DistributedApplicationExecutionContext executionContext,
    IDistributedApplicationEventing eventing,
    EndpointAllocator endpoints,
    ProcessSpecFactory specs,
    TerminalReporter terminal,
    IOptions<OrchestrationOptions> options,
    ILoggerFactory loggers,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    TimeProvider time) : IHostedService, IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan _firstReminder = TimeSpan.FromSeconds(5);

    private IReadOnlyList<ResourceRunner> _runners = [];
    private Task? _stopping;

    public OrchestrationOptions Options { get; } = options.Value;

    public ProcessSpecFactory Specs { get; } = specs;

    public TerminalReporter Terminal { get; } = terminal;

    public ILoggerFactory Loggers { get; } = loggers;

    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    public TimeProvider Time { get; } = time;

    public Random Random { get; } = Random.Shared;

    public ChangeSignal Changes { get; } = new();

    /// <summary>Plain: no proxy, no redirects, no private CA, as in Aspire. A check that needs those never passes there either.</summary>
    public HttpClient HealthClient { get; } = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        AutomaticDecompression = DecompressionMethods.None,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public IReadOnlyList<ResourceRunner> Runners => _runners;

    public bool IsStopping => _stopping is not null;

    public ResourceRunner? Find(IResource resource) => _runners.FirstOrDefault(runner => ReferenceEquals(runner.Resource, resource));

    public ResourceRunner? Find(string name) => _runners.FirstOrDefault(runner => string.Equals(runner.Name, name, StringComparison.OrdinalIgnoreCase));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken).ConfigureAwait(false);
        foreach (var parameter in model.Resources.OfType<ParameterResource>())
            await parameter.GetValueAsync(cancellationToken).ConfigureAwait(false);

        foreach (var resource in model.Resources)
        {
            endpoints.Allocate(resource);
            if (resource is IResourceWithEndpoints)
                await eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource, services), cancellationToken).ConfigureAwait(false);
        }

        _runners = model.Resources.Where(resource => resource is IComputeResource).Select(resource => new ResourceRunner(resource, this)).ToArray();
        DependencyOrder.RefuseCycles(_runners);
        RefuseTakenPorts();
        foreach (var runner in _runners)
            await runner.PrepareAsync(cancellationToken).ConfigureAwait(false);

        Terminal.Starting(_runners);
        foreach (var runner in _runners)
            runner.Run();

        _ = RemindAsync();
        await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops what depends on a resource before the resource itself; independent ones together.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _stopping ??= StopAllAsync();

    public void KillAll()
    {
        foreach (var replica in _runners.SelectMany(runner => runner.Replicas))
            replica.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        Dispose();
    }

    public void Dispose()
    {
        KillAll();
        foreach (var runner in _runners)
            runner.Dispose();
        HealthClient.Dispose();
    }

    public Task PublishBeforeStartAsync(IResource resource) => eventing.PublishAsync(new BeforeResourceStartedEvent(resource, services));

    public void ReplicaChanged(Replica replica, ResourceRunner runner, ReplicaStatus before, ReplicaStatus after)
    {
        if (_stopping is null || after.State is ReplicaState.Stopping or ReplicaState.Stopped)
            Terminal.Changed(replica, before, after);
        Changes.Set();
    }

    public async Task BecameReadyAsync(ResourceRunner runner)
    {
        // Off the replica's loop: a subscriber may take its time, and may ask for this very resource.
        await Task.Yield();
        ShowTableWhenSettled();

        try
        {
            await eventing.PublishAsync(new ResourceReadyEvent(runner.Resource, services), lifetime.ApplicationStopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            // A subscriber of the model may throw anything; who waits for this resource must not hang for it.
            Terminal.Warning($"{runner.Name}: a subscriber of its ready event failed: {exception}");
        }

        runner.HasBeenReady = true;
        Changes.Set();
    }

    public void ReportFailure(Replica replica, string reason)
    {
        Terminal.Failure(replica, reason, _runners);
        ShowTableWhenSettled();
        if (Options.ExitOnStartFailure)
        {
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }

    // Settled: ready, ended, known to fail, or waiting for one that is known to fail.
    private void ShowTableWhenSettled()
    {
        var failed = _runners.Where(runner => runner.Replicas.Any(replica => replica.FailuresInARow >= Options.FailedStartsUntilReport)).ToArray();
        var isSettled = _runners.All(runner => runner.IsReady
            || runner.Replicas.All(replica => replica.Status.State == ReplicaState.Exited)
            || failed.Contains(runner)
            || failed.Any(other => runner.WaitsFor(other.Resource, _runners)));
        if (isSettled)
            Terminal.Table(_runners, failed.Length == 0);
    }

    private async Task RemindAsync()
    {
        try
        {
            for (var delay = _firstReminder; !_runners.All(runner => runner.HasBeenReady); delay *= 2)
            {
                await Task.Delay(delay, Time, lifetime.ApplicationStopping).ConfigureAwait(false);
                Terminal.Remind(_runners);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void RefuseTakenPorts()
    {
        var problems = new List<string>();
        foreach (var runner in _runners)
        {
            foreach (var endpoint in runner.Resource.Annotations.OfType<EndpointAnnotation>().Where(item => item.IsFixedPort))
            {
                int[] ports = endpoint.IsForwarded ? [endpoint.AllocatedEndpoint!.Port, .. endpoint.AllocatedTargetPorts!] : endpoint.AllocatedTargetPorts!;
                problems.AddRange(ports.Distinct().Where(port => !PortOwner.IsFree(port)).Select(port => runner.TakenPort(endpoint.Name, port)));
            }
        }

        if (problems.Count > 0)
            throw new DistributedApplicationException(string.Join(Environment.NewLine, problems));
    }

    private async Task StopAllAsync()
    {
        var stops = new Dictionary<ResourceRunner, Task>();
        await Task.WhenAll(_runners.Select(Stop)).ConfigureAwait(false);

        Task Stop(ResourceRunner runner)
        {
            if (stops.TryGetValue(runner, out var stop))
                return stop;
            var dependents = _runners.Where(other => other.Waits.Any(wait => ReferenceEquals(wait.Resource, runner.Resource))).Select(Stop).ToArray();
            return stops[runner] = AfterAsync(dependents, runner);
        }

        static async Task AfterAsync(Task[] dependents, ResourceRunner runner)
        {
            await Task.WhenAll(dependents).ConfigureAwait(false);
            await runner.EndAsync().ConfigureAwait(false);
        }
    }
}
