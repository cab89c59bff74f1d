using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// Takes over roots that the trust anchors file gains or loses while the process runs, so that a root is changed without restarts. The file is read and
/// not watched: a mounted ConfigMap is swapped behind a symbolic link, and events of such mounts get lost.
/// </summary>
internal sealed partial class TrustAnchorsWatch(
    IWorkloadIdentity registered, WorkloadIdentity identity, IOptions<WorkloadIdentityOptions> options, TimeProvider time, ILogger<TrustAnchorsWatch> logger) : BackgroundService
{
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!ReferenceEquals(registered, identity))
        {
            return; // somebody else supplies this process's identity
        }

        string? fault = null;
        using var timer = new PeriodicTimer(_look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                fault = identity.IsEnrolled ? Look(fault) : null; // enrollment reads the file itself, and says what is wrong with it
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    /// <summary>What is wrong with the file, or null; the roots stay as they are then.</summary>
    private string? Look(string? before)
    {
        if (TrustAnchors.TryLoad(options.Value.TrustAnchorsFile!, out var fault) is not { } roots)
        {
            if (fault != before)
            {
                AnchorsUnreadable(logger, fault!);
            }

            return fault;
        }

        if (!Hashes(roots).SetEquals(Hashes(identity.Bundle.Roots)))
        {
            identity.SwapRoots(roots);
            AnchorsChanged(logger, roots.Count);
        }

        return null;
    }

    private static HashSet<string> Hashes(IEnumerable<X509Certificate2> roots) => [.. roots.Select(r => r.GetCertHashString(HashAlgorithmName.SHA256))];

    [LoggerMessage(148, LogLevel.Warning, "Trust stays as it is: {Fault}")]
    private static partial void AnchorsUnreadable(ILogger logger, string fault);

    [LoggerMessage(149, LogLevel.Information, "Took over the changed trust anchors: {Count} roots")]
    private static partial void AnchorsChanged(ILogger logger, int count);
}
