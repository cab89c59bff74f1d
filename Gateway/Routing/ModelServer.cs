using Zakenak.Contracts;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Routing.Replicas;

namespace Zakenak.Gateway.Routing;

/// <summary>One replica of the model server: where it is, what it serves, and how busy it is.</summary>
/// <param name="name">The name that leads to it, as configured; null for a fixed address.</param>
internal sealed class ModelServer(Uri address, TimeProvider time, ReplicaName? name = null)
{
    private readonly Dictionary<ApiRoute, Uri> _addresses = ApiRoute.All.ToDictionary(route => route, route => new Uri(address, route.Path));
    private volatile TaskCompletionSource _askNow = NewQuestion();
    private volatile IReadOnlyList<ModelVersion>? _models;
    private volatile bool _asked;
    private volatile bool _retired;
    private int _running;

    // One long, so that a reader never sees one report's part with another's: 24 bits of sequences for others, 24 of slots, 10 of KV cells.
    private long _load = Pack(0, DefaultSlots, 0);
    private (RoutingOptions From, double Cost)? _cost;

    /// <summary>Taken for one that has not said how many sequences it can decode at once.</summary>
    private const int DefaultSlots = 16;

    public Uri Address { get; } = address;

    public Uri ModelList { get; } = new(address, "/v1/models");

    /// <summary>Scheme, host and port.</summary>
    public string Origin { get; } = address.GetLeftPart(UriPartial.Authority);

    /// <summary>Where it says what a request took that has ended.</summary>
    public Uri UsageOf(string request) => new(Address, "/v1/usage/" + request);

    /// <summary>Where it is asked that.</summary>
    public Uri AddressOf(ApiRoute route) => _addresses[route];

    /// <summary>What it serves; null while it doesn't answer.</summary>
    public IReadOnlyList<ModelVersion>? Models
    {
        get => _models;
        set => _models = value;
    }

    /// <summary>Whether it was asked at least once, with or without success, and the catalogue knows the answer.</summary>
    public bool WasAsked
    {
        get => _asked;
        set => _asked = value;
    }

    /// <summary>Tells it from the others, at every gateway alike.</summary>
    public ulong Key { get; } = StableHash.Of(address.GetLeftPart(UriPartial.Authority), seed: 0);

    /// <summary>Whether no name leads here any more: it gets no further request, and those that it answers go on.</summary>
    public bool IsRetired => _retired;

    public void Retire()
    {
        _retired = true;
        AskNow();
    }

    /// <summary>What is remembered of its failures.</summary>
    public ReplicaHealth Health { get; } = new(time);

    /// <summary>Requests that it answers for us.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Requests that it has from us, and by its last report from others.</summary>
    public int Requests => Running + (int)(Volatile.Read(ref _load) >> 34);

    /// <summary>How much of it is taken: 1 is all the sequences that it can decode at once, or all of its KV cells.</summary>
    public double Busyness
    {
        get
        {
            var load = Volatile.Read(ref _load);
            return ((Running + (load >> 34)) / (double)((load >> 10) & 0xFFFFFF)) + ((load & 0x3FF) / 1000.0);
        }
    }

    /// <summary>Takes in what it says of itself. What it has beside our requests comes from other gateways.</summary>
    public void Take(in LoadReport report) =>
        Volatile.Write(ref _load, Pack(Math.Max(0, report.Running + report.Queued - Running), report.Slots, report.KvPermille));

    public void Enter() => Interlocked.Increment(ref _running);

    public void Leave() => Interlocked.Decrement(ref _running);

    /// <summary>What it costs to ask it. Only under the gate's lock.</summary>
    public double CostBy(RoutingOptions options)
    {
        if (_cost?.From != options)
        {
            var own = options.Costs.FirstOrDefault(c => c.Url == name?.ToString() || new Uri(c.Url).GetLeftPart(UriPartial.Authority) == Origin);
            _cost = (options, own?.Cost ?? 0);
        }

        return _cost.Value.Cost;
    }

    /// <summary>What is known of it may be out of date: it is asked at once what it serves.</summary>
    public void AskNow() => _askNow.TrySetResult();

    /// <summary>Waits for the delay, its end by cancellation included, or until somebody wants to know now. For one waiter.</summary>
    public async Task WaitAsync(TimeSpan delay, TimeProvider time, CancellationToken cancellation)
    {
        var question = _askNow.Task;
        if (await Task.WhenAny(question, Task.Delay(delay, time, cancellation)) == question)
            _askNow = NewQuestion();
    }

    private static long Pack(int others, int slots, int kvPermille) => ((long)others << 34) | ((long)slots << 10) | (uint)kvPermille;

    private static TaskCompletionSource NewQuestion() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
