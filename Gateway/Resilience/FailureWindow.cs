namespace Zakenak.Gateway.Resilience;

/// <summary>Requests and failures of the last while, to a sixth of it. Not thread-safe.</summary>
internal sealed class FailureWindow
{
    private const int Parts = 6;

    private readonly (long Number, int Requests, int Failures)[] _parts = new (long, int, int)[Parts];

    /// <summary>Counts a request that ended.</summary>
    /// <param name="part">A sixth of the window, in ticks of the clock.</param>
    public void Add(bool failed, long now, long part)
    {
        var number = now / part;
        ref var current = ref _parts[number % Parts];
        if (current.Number != number)
            current = (number, 0, 0);
        current.Requests++;
        current.Failures += failed ? 1 : 0;
    }

    public (int Requests, int Failures) Count(long now, long part)
    {
        var (requests, failures) = (0, 0);
        foreach (var (number, r, f) in _parts)
        {
            if (number > (now / part) - Parts)
                (requests, failures) = (requests + r, failures + f);
        }

        return (requests, failures);
    }

    public void Clear() => Array.Clear(_parts);
}
