namespace Zakenak.Gateway.Rollouts;

/// <summary>A gateway that is alone.</summary>
internal sealed class OwnSamples : ISampleExchange
{
    public Task<(long[] Stable, long[] Candidate)> ExchangeAsync(StepSample own, CancellationToken cancellation) =>
        Task.FromResult((own.Stable.Counts(), own.Candidate.Counts()));
}
