namespace Zakenak.Gateway.Routing;

/// <summary>One replica of the model server: where it is, what it serves, and how many requests it answers for us.</summary>
internal sealed class ModelServer(Uri address)
{
    private readonly Dictionary<ApiRoute, Uri> _addresses = ApiRoute.All.ToDictionary(route => route, route => new Uri(address, route.Path));
    private volatile TaskCompletionSource _askNow = NewQuestion();
    private volatile IReadOnlyList<ModelVersion>? _models;
    private volatile bool _asked;
    private int _running;

    public Uri ModelList { get; } = new(address, "/v1/models");

    /// <summary>Scheme, host and port.</summary>
    public string Origin { get; } = address.GetLeftPart(UriPartial.Authority);

    /// <summary>Where it says what a request took that has ended.</summary>
    public Uri UsageOf(string request) => new(address, "/v1/usage/" + request);

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

    public int Running => Volatile.Read(ref _running);

    public void Enter() => Interlocked.Increment(ref _running);

    public void Leave() => Interlocked.Decrement(ref _running);

    /// <summary>What is known of it may be out of date: it is asked at once what it serves.</summary>
    public void AskNow() => _askNow.TrySetResult();

    /// <summary>Waits for the delay, its end by cancellation included, or until somebody wants to know now. For one waiter.</summary>
    public async Task WaitAsync(TimeSpan delay, TimeProvider time, CancellationToken cancellation)
    {
        var question = _askNow.Task;
        if (await Task.WhenAny(question, Task.Delay(delay, time, cancellation)) == question)
            _askNow = NewQuestion();
    }

    private static TaskCompletionSource NewQuestion() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
