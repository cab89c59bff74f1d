using Aspire.Hosting.ApplicationModel;
using EmbeddedHost.Forwarding;
using EmbeddedHost.Health;
using EmbeddedHost.Processes;

namespace EmbeddedHost.Orchestration;

/// <summary>Runs all replicas of one resource, and the forwarders in front of them.</summary>
internal sealed class ResourceRunner : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Forwarder> _forwarders = [];
    private Task? _beforeStart;
    private Task? _ready;
    private bool _hasBeenReady;
    private Task _running = Task.CompletedTask;

    public ResourceRunner(IResource resource, Orchestrator host)
    {
        Resource = resource;
        Host = host;
        Waits = resource.Annotations.OfType<WaitAnnotation>().ToArray();
        Checks = resource.Annotations.OfType<HttpHealthCheckAnnotation>().Select(annotation => annotation.Check).ToArray();
        var count = resource.GetReplicaCount();
        Replicas = Enumerable.Range(0, count).Select(index => new Replica(this, index, count)).ToArray();
    }

    public string Name => Resource.Name;

    public IResource Resource { get; }

    public Orchestrator Host { get; }

    public IReadOnlyList<Replica> Replicas { get; }

    public IReadOnlyList<HttpHealthCheck> Checks { get; }

    public IReadOnlyList<WaitAnnotation> Waits { get; }

    public IReadOnlyList<ResourceUrlAnnotation> Urls { get; private set; } = [];

    public ChangeSignal Changes => Host.Changes;

    /// <summary>A program may end with success, and so may a project without endpoints, which is a job; one with endpoints is a service and may not.</summary>
    public bool EndsBySuccess => Resource is ExecutableResource || !Resource.Annotations.OfType<EndpointAnnotation>().Any();

    public bool IsReady => Replicas.All(replica => replica.Status.IsReady);

    /// <summary>True once all subscribers have heard that the resource is ready.</summary>
    public bool HasBeenReady
    {
        get => Volatile.Read(ref _hasBeenReady);
        set => Volatile.Write(ref _hasBeenReady, value);
    }

    /// <summary>True when it waits for the resource, directly or through others.</summary>
    public bool WaitsFor(IResource resource, IReadOnlyList<ResourceRunner> runners) => Waits.Any(wait =>
        ReferenceEquals(wait.Resource, resource) || (runners.FirstOrDefault(other => ReferenceEquals(other.Resource, wait.Resource))?.WaitsFor(resource, runners) ?? false));

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (var endpoint in Resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.IsForwarded))
        {
            var targets = Replicas.Select(replica => new ForwarderTarget(replica.Ports[endpoint.Name], () => replica.Status.IsReady)).ToArray();
            _forwarders.Add(Forwarder.Start(endpoint.AllocatedEndpoint!.Port, targets));
        }

        Urls = await ResourceUrls.OfAsync(Resource, Host.ExecutionContext, Host.Loggers, cancellationToken).ConfigureAwait(false);
    }

    public void Run() => _running = Task.WhenAll(Replicas.Select(replica => replica.RunAsync()));

    public async Task EndAsync()
    {
        foreach (var replica in Replicas)
            replica.End();
        await _running.ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var forwarder in _forwarders)
            forwarder.Dispose();
        foreach (var replica in Replicas)
            replica.Dispose();
    }

    /// <summary>Once for all replicas and restarts, as the event says "the resource", not "a process of it".</summary>
    public Task BeforeStartAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return (_beforeStart ??= Host.PublishBeforeStartAsync(Resource)).WaitAsync(cancellationToken);
    }

    public async Task WaitForDependenciesAsync(Action<string> onWaiting, CancellationToken cancellationToken)
    {
        string? said = null;
        await Changes.WaitUntilAsync(
            () =>
            {
                var reasons = Waits.Select(Missing).OfType<string>().ToArray();
                var reason = reasons.Length == 0 ? null : "waits for " + string.Join(", ", reasons);
                if (reason is not null && reason != said)
                    onWaiting(reason);
                said = reason;
                return reason is null;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public void Changed(Replica replica, ReplicaStatus before, ReplicaStatus after)
    {
        Host.ReplicaChanged(replica, this, before, after);
        if (!IsReady)
            return;

        lock (_lock)
            _ready ??= Host.BecameReadyAsync(this);
    }

    /// <summary>The message for a port that somebody else listens on.</summary>
    public string TakenPort(string endpointName, int port)
    {
        var endpoint = Resource.Annotations.OfType<EndpointAnnotation>().Single(item => string.Equals(item.Name, endpointName, StringComparison.OrdinalIgnoreCase));
        return $"Port {port} (endpoint '{endpoint.Name}' of '{Name}') is already taken by {PortOwner.Describe(port)}. "
            + $"Stop it, or move the endpoint: {EndpointAllocator.OptionFor(Resource, endpoint)}=PORT";
    }

    // Null when the wait is over, otherwise what is missing.
    private string? Missing(WaitAnnotation wait)
    {
        if (Host.Find(wait.Resource) is not { } other)
            return null;

        switch (wait.WaitType)
        {
            case WaitType.WaitUntilStarted:
                return other.Replicas.All(replica => replica.Status.HasProcess) ? null : Describe(other);
            case WaitType.WaitForCompletion:
                return other.Replicas.All(replica => replica.Status is { State: ReplicaState.Exited } status && status.ExitCode == wait.ExitCode) ? null : Describe(other);
            default:
                // "Healthy" for others means that those who subscribed to its being ready are done, too: they may prepare something for them.
                return other.IsReady && other.HasBeenReady ? null : Describe(other);
        }
    }

    private static string Describe(ResourceRunner other)
    {
        var status = other.Replicas.Select(replica => replica.Status).FirstOrDefault(status => !status.IsReady);

        // What another one waits for is said where that one is shown; repeating it here would say everything twice and more.
        return status is null or { State: ReplicaState.Waiting }
            ? other.Name
            : $"{other.Name} ({StateNames.Of(status.State)}{(status.Reason is { } reason ? ": " + reason : "")})";
    }
}
