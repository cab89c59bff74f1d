using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Routing.Replicas;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Resilience;

/// <summary>
/// Gives each request a replica that is well and has room, or lets it wait in line for one. Choosing, counting in and counting out happen
/// under one lock: two requests at the same moment would else see the same least busy replica, and every bound would hold nearly. It is
/// held for a microsecond or two.
/// </summary>
internal sealed partial class ReplicaGate
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(2);

    private static readonly Refusal _lineFull = new(StatusCodes.Status503ServiceUnavailable, "overloaded",
        "All model servers of this model are busy, and too many requests wait for one. Try again shortly.", RetryAfterSeconds: 2);

    private static readonly Refusal _waitedTooLong = new(StatusCodes.Status503ServiceUnavailable, "overloaded",
        "All model servers of this model stayed busy. Try again shortly.", RetryAfterSeconds: 2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, WaitingLine> _lines = new(StringComparer.Ordinal);
    private readonly ReplicaChooser _chooser;
    private readonly ModelCatalogue _catalogue;
    private readonly LiveOptions<ResilienceOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ReplicaGate> _logger;
    private ModelServer[] _candidates = new ModelServer[16];
    private int _waiting;

    public ReplicaGate(
        ReplicaChooser chooser, ModelCatalogue catalogue, LiveOptions<ResilienceOptions> options, TimeProvider time, ILogger<ReplicaGate> logger)
    {
        (_chooser, _catalogue, _options, _time, _logger) = (chooser, catalogue, options, time, logger);
        catalogue.Rebuilt += ServeAllLines;
    }

    /// <summary>Requests in line.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>The replica to ask, with the request counted in, or null: none that may be asked has room.</summary>
    public ModelServer? TryEnter(InferenceRequest request, ICollection<ModelServer>? tried = null)
    {
        var question = _chooser.Ask(request);
        lock (_gate)
            return Choose(request.Route!, question, tried, out _);
    }

    /// <summary>As <see cref="TryEnter"/>, but waits for room; null with <see cref="InferenceRequest.Unserved"/> set when there is none in time.</summary>
    public ValueTask<ModelServer?> EnterAsync(InferenceRequest request, ICollection<ModelServer>? tried, CancellationToken cancellation)
    {
        var options = _options.Current;
        var question = _chooser.Ask(request);
        WaitingLine.Place place;
        lock (_gate)
        {
            if (Choose(request.Route!, question, tried, out var full) is { } server)
                return new ValueTask<ModelServer?>(server);
            var line = full ? LineOf(request.Route!.Model.Id) : null;
            if (line is null || line.Count >= options.MaxWaiting)
            {
                request.Unserved = full ? _lineFull : ApiRefusals.ModelUnavailable(_retryAfter);
                return new ValueTask<ModelServer?>((ModelServer?)null);
            }

            place = line.Join(request.Route!, question, tried);
            _waiting++;
        }

        return WaitAsync(request, place, options.WaitTimeout, cancellation);
    }

    /// <summary>A stream has begun: that is enough to close a circuit, for the stream may take minutes. It is not enough to forget failures of a closed one.</summary>
    public void Began(ModelServer server)
    {
        if (server.Health.Circuit.IsSpotless)
            return;
        lock (_gate)
        {
            if (server.Health.Circuit.State(_time.GetTimestamp()) == CircuitState.Closed)
                return;
            Close(server);
            ServeLinesOf(server);
        }
    }

    /// <summary>Counts a request out, learns from how it ended, and gives its place to who waits.</summary>
    public void Leave(ModelServer server, ModelRoute route, AttemptOutcome outcome)
    {
        var options = _options.Current;
        lock (_gate)
        {
            server.Leave();
            Learn(server, route, outcome, options);
            ServeLinesOf(server);
        }
    }

    /// <summary>The replica was gone and is back: another process, of which nothing is known.</summary>
    public void Reset(ModelServer server)
    {
        lock (_gate)
            server.Health.Reset();
    }

    /// <summary>Whether a replica of the route can take a request and is not busy.</summary>
    public bool HasRoom(ModelRoute route, double busyAt)
    {
        var (now, max) = (_time.GetTimestamp(), _options.Current.MaxConcurrent);
        foreach (var server in route.Servers)
        {
            if (server.Health.MayBeAsked(now) && server.Running < max && server.Busyness < busyAt)
                return true;
        }

        return false;
    }

    private void Learn(ModelServer server, ModelRoute route, AttemptOutcome outcome, ResilienceOptions options)
    {
        var health = server.Health;
        if (outcome == AttemptOutcome.Abandoned)
        {
            health.Circuit.Abandoned();
            return;
        }

        var (now, part) = (_time.GetTimestamp(), options.EjectionWindow.Ticks * _time.TimestampFrequency / TimeSpan.TicksPerSecond / 6);
        var failed = outcome == AttemptOutcome.Failed;
        health.Window.Add(failed, now, part);
        if (!failed)
        {
            Close(server);
            return;
        }

        if (health.Circuit.Failed(options, now))
            CircuitOpened(_logger, server.Origin, options.FailuresToOpen);
        if (OutlierEjection.IsDue(server, route.Servers, options, now, part))
            Ejected(_logger, server.Origin, health.Eject(options, now));
    }

    private void Close(ModelServer server)
    {
        if (server.Health.Circuit.State(_time.GetTimestamp()) != CircuitState.Closed)
            CircuitClosed(_logger, server.Origin);
        server.Health.Circuit.Succeeded();
    }

    /// <summary>Under the lock.</summary>
    private ModelServer? Choose(ModelRoute route, in ReplicaQuestion question, ICollection<ModelServer>? tried, out bool full)
    {
        var (now, max) = (_time.GetTimestamp(), _options.Current.MaxConcurrent);
        if (_candidates.Length < route.Servers.Length)
            _candidates = new ModelServer[route.Servers.Length];
        var count = 0;
        full = false;
        foreach (var server in route.Servers)
        {
            if (server.Models is null || server.IsRetired || !server.Health.MayBeAsked(now) || tried?.Contains(server) == true)
                continue;
            if (server.Running < max)
                _candidates[count++] = server;
            else
                full = true;
        }

        if (count == 0)
            return null;
        var chosen = _chooser.Choose(route, question, _candidates.AsSpan(0, count));
        chosen.Enter();
        chosen.Health.Circuit.Entered();
        return chosen;
    }

    private async ValueTask<ModelServer?> WaitAsync(InferenceRequest request, WaitingLine.Place place, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            return await place.Task.WaitAsync(patience, _time, cancellation);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (place.TryLeave())
                    _waiting--;
            }

            // A place that came at the same moment is used, by a request that still wants it.
            if (place.Server is { } server)
            {
                if (!cancellation.IsCancellationRequested)
                    return server;
                Leave(server, request.Route!, AttemptOutcome.Abandoned);
            }

            if (request.Deadline is { ClientLeft: true })
                throw;
            request.Unserved = cancellation.IsCancellationRequested ? request.Deadline?.Reason ?? BackendFaults.Overdue : _waitedTooLong;
            return null;
        }
    }

    private WaitingLine LineOf(string model)
    {
        if (!_lines.TryGetValue(model, out var line))
            _lines[model] = line = new WaitingLine();
        return line;
    }

    private void ServeAllLines()
    {
        lock (_gate)
        {
            foreach (var model in _lines.Keys)
                Serve(model);
        }
    }

    private void ServeLinesOf(ModelServer server)
    {
        if (_waiting == 0 || server.Models is not { } models)
            return;
        for (var i = 0; i < models.Count; i++)
            Serve(models[i].Id);
    }

    /// <summary>Gives places to those who wait, the first first, as long as there are any.</summary>
    private void Serve(string model)
    {
        if (!_lines.TryGetValue(model, out var line))
            return;
        while (line.First is { } place)
        {
            // Replicas may have come since it joined.
            var route = _catalogue.Find(model)?.Routes[0] ?? place.Route;
            if (Choose(route, place.Question, place.Tried, out _) is not { } server)
                return;
            line.RemoveFirst();
            _waiting--;
            place.Give(server);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Opened the circuit of {Server} after {Failures} failures in a row.")]
    private static partial void CircuitOpened(ILogger logger, string server, int failures);

    [LoggerMessage(LogLevel.Information, "Closed the circuit of {Server}: it answered.")]
    private static partial void CircuitClosed(ILogger logger, string server);

    [LoggerMessage(LogLevel.Warning, "Ejected {Server} for {Span}: it failed more often than the others.")]
    private static partial void Ejected(ILogger logger, string server, TimeSpan span);
}
