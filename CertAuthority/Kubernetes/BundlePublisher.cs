using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>
/// Keeps the roots in a ConfigMap that every pod of the namespace mounts as its trust anchors, and is the check <c>trust_bundle</c>. While it fails the
/// authority goes on issuing: pods that mounted an earlier one still enroll.
/// </summary>
internal sealed class BundlePublisher(
    Authority authority, ApiServerClient apiServer, IOptions<KubernetesOptions> options, IOptions<EnrollmentKeyOptions> keys, ServiceContext service,
    TimeProvider time, ILogger<BundlePublisher> logger)
    : BackgroundService, IHealthCheck
{
    public const string Key = "bundle.pem";

    // Where the Gateway API's BackendTLSPolicy looks.
    private const string GatewayKey = "ca.crt";
    private const string FieldManager = "zakenak-cert-authority";

    private static readonly TimeSpan _look = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _firstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestRetry = TimeSpan.FromMinutes(1);

    // Whoever deleted or edited the ConfigMap did not change what the roots are.
    private static readonly TimeSpan _applyAgain = TimeSpan.FromMinutes(10);

    private volatile State _state = new(null, default, "not yet published");

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var state = _state;
        var where = $"ConfigMap {service.Namespace}/{options.Value.BundleConfigMap}";
        return Task.FromResult(
            !keys.Value.AsksApiServer ? HealthCheckResult.Healthy("the trust anchors file carries the roots outside a cluster")
            : state.Fault is null ? HealthCheckResult.Healthy($"in {where} since {state.At.UtcDateTime:O}")
            : HealthCheckResult.Degraded($"the roots could not be published in {where}: {state.Fault}"));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!keys.Value.AsksApiServer)
        {
            return;
        }

        try
        {
            for (var failures = 0; ;)
            {
                var fault = await PublishIfDueAsync(stoppingToken).ConfigureAwait(false);
                failures = fault is null ? 0 : failures + 1;
                await Task.Delay(fault is null ? _look : RetryAfter(fault, failures), time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    private async Task<ApiServerFault?> PublishIfDueAsync(CancellationToken cancellationToken)
    {
        var pem = string.Concat(authority.Bundle.Roots.Select(r => r.ExportCertificatePem() + "\n"));
        var (before, now) = (_state, time.GetUtcNow());
        if (before.Fault is null && before.Pem == pem && now - before.At < _applyAgain)
        {
            return null;
        }

        var map = new ConfigMap(new ObjectName(options.Value.BundleConfigMap, service.Namespace), new Dictionary<string, string> { [Key] = pem, [GatewayKey] = pem });
        var fault = await apiServer.ApplyAsync(map, FieldManager, cancellationToken).ConfigureAwait(false);
        if (fault is null)
        {
            _state = new State(pem, now, null);
            if (before.Fault is not null || before.Pem != pem)
            {
                Log.BundlePublished(logger, service.Namespace, options.Value.BundleConfigMap, authority.Bundle.Roots.Count);
            }
        }
        else
        {
            _state = before with { Fault = fault.Reason };
            if (before.Fault != fault.Reason)
            {
                Log.BundleNotPublished(logger, service.Namespace, options.Value.BundleConfigMap, fault.Reason);
            }
        }

        return fault;
    }

    private static TimeSpan RetryAfter(ApiServerFault fault, int failures)
    {
        var exponential = _firstRetry * Math.Pow(2, Math.Min(failures - 1, 10));
        var backoff = (exponential < _longestRetry ? exponential : _longestRetry) * (0.5 + (0.5 * Random.Shared.NextDouble()));
        return fault.RetryAfterSeconds is { } seconds && TimeSpan.FromSeconds(seconds) > backoff ? TimeSpan.FromSeconds(seconds) : backoff;
    }

    /// <param name="Pem">What was published last.</param>
    private sealed record State(string? Pem, DateTimeOffset At, string? Fault);
}
