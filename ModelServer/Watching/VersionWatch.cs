using Microsoft.Extensions.Options;
using Zakenak.ModelServer.Fetching;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Trust;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;

namespace Zakenak.ModelServer.Watching;

/// <summary>While a model is served: asks the registry about it, judges anew, and takes it out of service, or back into it, when the answer changes.</summary>
public sealed class VersionWatch(
    IProofSource? registry, ServedModel served, TrustState trust, Confirmation confirmation, IOptions<RegistryOptions> options, TimeProvider time, ILogger<VersionWatch> logger)
{
    private Refusal? _refusal;
    private string? _notConfirmed;
    private string? _policyFault;

    /// <summary>Decides alone, from the first moment, whether this model takes requests. Returns when it was revoked: there is no way back.</summary>
    public async Task RunAsync(LoadedModel model, VersionStanding standing, CancellationToken stoppingToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(standing);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var following = registry?.FollowAsync(watching.Token) ?? Task.CompletedTask;
        try
        {
            // What lies in the folder is proved; whether it still holds may be asked while it answers already.
            Apply(model, standing, isFirst: true);
            while (true)
            {
                await AskAsync(standing, stoppingToken).ConfigureAwait(false);
                Apply(model, standing);
                if (_refusal?.Code == RefusalCodes.Revoked)
                {
                    return;
                }

                await WaitAsync(standing, stoppingToken).ConfigureAwait(false);
                ReloadPolicy(standing);
                if (registry is null || !standing.LacksAttestation)
                {
                    Apply(model, standing); // at once; only an attestation may wait for the registry, which may have a newer one
                }
            }
        }
        finally
        {
            await watching.CancelAsync().ConfigureAwait(false);
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Apply(LoadedModel model, VersionStanding standing, bool isFirst = false)
    {
        var refusal = standing.Judge();
        if (!isFirst && refusal?.Code == _refusal?.Code)
        {
            return;
        }

        _refusal = refusal;
        if (refusal is null)
        {
            served.Serve(model);
            Log.Served(logger, model.Id, model.Digest);
            return;
        }

        served.Refuse(refusal.Code, refusal.Message);
        Log.TakenOut(logger, model.Id, model.Digest, refusal.Code, refusal.Message);
        if (refusal.Code == RefusalCodes.Revoked && standing.OnRevocation == RevocationAction.Cut)
        {
            // What is only retired, or whose approval has ended, was good when it was asked.
            model.Withdrawal.Cut(refusal.Code);
        }
    }

    private async Task AskAsync(VersionStanding standing, CancellationToken stoppingToken)
    {
        if (registry is null)
        {
            return;
        }

        // A registry that hangs must not keep an approval from ending in time.
        using var patience = new CancellationTokenSource(options.Value.WatchInterval, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stoppingToken);
        Refusal? refusal;
        try
        {
            var stage = await registry.GetStageAsync(either.Token).ConfigureAwait(false);
            refusal = stage.IsSuccess ? Take(standing, stage.Value) : stage.Refusal;
            if (standing.LacksAttestation)
            {
                refusal ??= await AskForAttestationsAsync(registry, standing, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            refusal = new Refusal(RefusalCodes.RegistryUnreachable, $"The registry did not answer within {options.Value.WatchInterval}.");
        }

        if (refusal?.Code != _notConfirmed && refusal is not null)
        {
            Log.NotConfirmed(logger, standing.Evidence.Name, standing.Evidence.Version, refusal.Code, refusal.Message);
        }

        _notConfirmed = refusal?.Code;
    }

    private Refusal? Take(VersionStanding standing, byte[] envelope)
    {
        if (standing.Take(envelope) is { } refusal)
        {
            return refusal;
        }

        if (standing.Policy.For(standing.Evidence.Name) is { } rule)
        {
            trust.Remember(rule, standing.Evidence with { StageEnvelope = envelope });
        }

        if (standing.Evidence.StageEnvelope is { } newest)
        {
            confirmation.Keep(newest);
        }

        return null;
    }

    private async Task<Refusal?> AskForAttestationsAsync(IProofSource source, VersionStanding standing, CancellationToken cancellationToken)
    {
        var attestations = await source.GetAttestationsAsync(cancellationToken).ConfigureAwait(false);
        if (!attestations.IsSuccess)
        {
            return attestations.Refusal;
        }

        standing.Take(attestations.Value);
        if (!standing.LacksAttestation)
        {
            confirmation.Keep(attestations.Value);
        }

        return null;
    }

    private async Task WaitAsync(VersionStanding standing, CancellationToken stoppingToken)
    {
        var delay = standing.UntilChange is var change && change > TimeSpan.Zero && change < options.Value.WatchInterval
            ? change + TimeSpan.FromMilliseconds(1)
            : options.Value.WatchInterval;
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var delayed = Task.Delay(delay, time, woken.Token);
        var heard = registry?.WaitForEventAsync(woken.Token) ?? delayed;
        await Task.WhenAny(delayed, heard).ConfigureAwait(false);
        await woken.CancelAsync().ConfigureAwait(false);

        // A cancelled wait may still take an event until it has ended; what it takes must come before the next question, not get lost after it.
        await heard.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
    }

    /// <summary>A policy that can't be read, or is older, changes nothing: it may be half written, and its end is known from when it was read.</summary>
    private void ReloadPolicy(VersionStanding standing)
    {
        var policy = trust.LoadPolicy();
        if (policy.IsSuccess)
        {
            standing.Policy = policy.Value;
        }
        else if (policy.Refusal.Code != _policyFault)
        {
            Log.PolicyNotRead(logger, policy.Refusal.Code, policy.Refusal.Message);
        }

        _policyFault = policy.Refusal?.Code;
    }
}
