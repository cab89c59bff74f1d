namespace Zakenak.Gateway.Rollouts;

/// <summary>Adds up what replicas saw.</summary>
internal interface ISampleExchange
{
    /// <summary>Tells what this gateway saw of a step, and returns what all did.</summary>
    /// <exception cref="State.StateUnavailableException">The others can't be asked now.</exception>
    Task<(long[] Stable, long[] Candidate)> ExchangeAsync(StepSample own, CancellationToken cancellation);
}
