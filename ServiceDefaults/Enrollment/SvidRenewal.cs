using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Zakenak.ServiceDefaults;

/// <summary>Enrolls, then renews at half-life for as long as the process runs. Never blocks start-up: health says what is missing.</summary>
internal sealed partial class SvidRenewal(
    IWorkloadIdentity registered,
    WorkloadIdentity identity,
    ISvidSource source,
    RenewalStatus status,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<SvidRenewal> logger) : BackgroundService
{
    // Timers stand still while a laptop sleeps; looking at the clock this often notices that an SVID ran out meanwhile.
    private static readonly TimeSpan _clockLook = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _clockJump = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!ReferenceEquals(registered, identity))
        {
            return; // somebody else supplies this process's identity
        }

        var failures = 0;
        var due = time.GetUtcNow();

        // A retry asks with the same key: should an answer get lost, the authority recognises the key that the token was spent for.
        ECDsa? key = null;
        try
        {
            while (true)
            {
                await WaitUntilAsync(due, stoppingToken).ConfigureAwait(false);
                key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
                var proof = Left() > TimeSpan.Zero ? SvidProof.CurrentSvid : SvidProof.Token;
                var outcome = await source.ObtainAsync(key, proof, stoppingToken).ConfigureAwait(false);
                if (outcome.IsIssued)
                {
                    due = Accept(outcome.Svid, outcome.Bundle);
                    key.Dispose();
                    key = null;
                    failures = 0;
                    continue;
                }

                if (outcome.IsFinal && proof == SvidProof.Token)
                {
                    Lose(outcome.Failure);
                    return;
                }

                failures++;
                due = time.GetUtcNow() + Reject(outcome.Failure, failures);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
#pragma warning disable CA1031 // Without this loop the identity would run out in silence; whatever ended it ends the process, with a code that says so.
        catch (Exception e)
#pragma warning restore CA1031
        {
            RenewalBroke(logger, e);
            Environment.ExitCode = ExitCodes.StartFailed;
            lifetime.StopApplication();
        }
        finally
        {
            key?.Dispose();
        }
    }

    private TimeSpan? Left() => identity.IsEnrolled ? identity.Current.NotAfter - time.GetUtcNow() : null;

    private DateTimeOffset Accept(Svid svid, TrustBundle bundle)
    {
        var first = !identity.IsEnrolled;
        identity.Swap(svid, bundle);
        status.Succeeded();
        if (first)
        {
            Enrolled(logger, identity.Id, svid.Certificate.SerialNumber, svid.NotAfter);
        }
        else
        {
            Renewed(logger, identity.Id, svid.Certificate.SerialNumber, svid.NotAfter);
        }

        return RenewalSchedule.DueAt(time.GetUtcNow(), svid.NotAfter, Random.Shared.NextDouble());
    }

    private TimeSpan Reject(string reason, int failures)
    {
        var left = Left();
        var retryAfter = RenewalSchedule.RetryAfter(failures, left, Random.Shared.NextDouble());
        if (status.Failed(reason, time.GetUtcNow()) || failures % 20 == 0)
        {
            if (left is { } l)
            {
                RenewalFailed(logger, reason, failures, (long)l.TotalSeconds);
            }
            else
            {
                EnrollmentFailed(logger, reason, failures);
            }
        }

        return retryAfter;
    }

    private void Lose(string reason)
    {
        status.Failed(reason, time.GetUtcNow());
        IdentityLost(logger, identity.Id, reason, ExitCodes.IdentityLost);
        Environment.ExitCode = ExitCodes.IdentityLost;
        lifetime.StopApplication();
    }

    /// <summary>
    /// Until then by the wall clock, or for as long as it was until then by the monotonic one, whichever comes first: where the wall clock is set back, the others'
    /// need not be, and for them the SVID runs out no later.
    /// </summary>
    private async Task WaitUntilAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        var (begun, span) = (time.GetTimestamp(), due - time.GetUtcNow());
        for (var now = time.GetUtcNow(); now < due && time.GetElapsedTime(begun) < span;)
        {
            var left = due - now < _clockLook ? due - now : _clockLook;
            var step = span - time.GetElapsedTime(begun) is var elapsing && elapsing < left ? elapsing : left;
            await Task.Delay(step < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : step, time, cancellationToken).ConfigureAwait(false);
            var woke = time.GetUtcNow();
            if (woke - now - step > _clockJump)
            {
                ClockJumped(logger, (long)(woke - now - step).TotalSeconds);
            }

            now = woke;
        }
    }

    [LoggerMessage(140, LogLevel.Information, "Enrolled as {Id}: SVID {Serial} is valid until {NotAfter:O}")]
    private static partial void Enrolled(ILogger logger, SpiffeId id, string serial, DateTimeOffset notAfter);

    [LoggerMessage(141, LogLevel.Information, "Renewed the SVID of {Id}: {Serial} is valid until {NotAfter:O}")]
    private static partial void Renewed(ILogger logger, SpiffeId id, string serial, DateTimeOffset notAfter);

    [LoggerMessage(142, LogLevel.Warning, "Enrollment has not succeeded yet, trying on: {Reason} ({Failures} failures)")]
    private static partial void EnrollmentFailed(ILogger logger, string reason, int failures);

    [LoggerMessage(143, LogLevel.Warning, "Renewal failed, trying on: {Reason} ({Failures} failures; the SVID expires in {Left} s)")]
    private static partial void RenewalFailed(ILogger logger, string reason, int failures, long left);

    [LoggerMessage(144, LogLevel.Critical, "Lost the identity {Id}: {Reason}. Exiting with code {ExitCode}; a new start needs a new enrollment token")]
    private static partial void IdentityLost(ILogger logger, SpiffeId id, string reason, int exitCode);

    [LoggerMessage(146, LogLevel.Critical, "Enrollment and renewal broke: stopping")]
    private static partial void RenewalBroke(ILogger logger, Exception exception);

    [LoggerMessage(145, LogLevel.Warning, "The clock jumped ahead by {Seconds} s: the machine slept or its time was set")]
    private static partial void ClockJumped(ILogger logger, long seconds);
}
