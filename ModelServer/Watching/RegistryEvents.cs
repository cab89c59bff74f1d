using Microsoft.Extensions.Options;
using Zakenak.ModelDelivery;
using Zakenak.ModelServer.Fetching;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelTrust;

namespace Zakenak.ModelServer.Watching;

/// <summary>Follows the registry's events. An event is only a hint to ask: what counts is the statement, and a registry that says nothing is asked anyway.</summary>
public sealed class RegistryEvents(
    RegistryClient registry, IOptions<ModelOptions> model, IOptions<RegistryOptions> options, TimeProvider time, ILogger<RegistryEvents> logger) : IProofSource, IDisposable
{
    // Its heartbeat comes every 5 s.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _happened = new(0, 1);

    /// <inheritdoc/>
    public Task<Result<byte[]>> GetStageAsync(CancellationToken cancellationToken) =>
        registry.GetStageAsync(model.Value.Name, model.Value.Version, cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<byte[][]>> GetAttestationsAsync(CancellationToken cancellationToken)
    {
        var document = await registry.GetVersionAsync(model.Value.Name, model.Value.Version, cancellationToken).ConfigureAwait(false);
        return document.IsSuccess ? document.Value.AttestationEnvelopes() : document.Refusal;
    }

    /// <inheritdoc/>
    public Task WaitForEventAsync(CancellationToken cancellationToken) => _happened.WaitAsync(cancellationToken);

    /// <summary>Listens until cancelled, again and again.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        string? last = null;
        while (true)
        {
            await foreach (var heard in registry.WatchAsync(last, s_silence, cancellationToken).ConfigureAwait(false))
            {
                if (!heard.IsSuccess)
                {
                    Log.EventsLost(logger, heard.Refusal.Code, heard.Refusal.Message);
                    break;
                }

                last = heard.Value.Id;
                if (heard.Value.Event.Name == model.Value.Name && heard.Value.Event.Version == model.Value.Version)
                {
                    Happened();
                }
            }

            await Task.Delay(options.Value.WatchInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _happened.Dispose();

    private void Happened()
    {
        // One is as good as many. Only this loop releases, so the count can't rise in between.
        if (_happened.CurrentCount == 0)
        {
            _happened.Release();
        }
    }
}
