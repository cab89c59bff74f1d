namespace Zakenak.Gateway.Resilience;

/// <summary>The values are those of the metric.</summary>
internal enum CircuitState
{
    Closed = 0,

    /// <summary>One request at a time may try.</summary>
    HalfOpen = 1,

    /// <summary>Nothing is sent.</summary>
    Open = 2,
}
