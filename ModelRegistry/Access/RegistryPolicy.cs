using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Zakenak.Audit;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Policy;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ServiceDefaults.Refusal;

namespace Zakenak.ModelRegistry;

/// <summary>
/// The policy in force. Its file is looked at again and again: a newer valid one takes the place of the old, anything else is logged and leaves it. The
/// highest version seen is kept on disk, so that an old policy does not come back with a restart.
/// </summary>
internal sealed class RegistryPolicy : BackgroundService, IHealthCheck
{
    private readonly PolicyOptions _options;
    private readonly ServiceContext _service;
    private readonly TimeProvider _time;
    private readonly ILogger<RegistryPolicy> _logger;
    private readonly string _seenFile;
    private volatile ModelPolicy? _loaded;
    private volatile ModelTrust.Refusal? _fault;

    public RegistryPolicy(
        IOptions<PolicyOptions> options, IOptions<StoreOptions> store, ServiceContext service, TimeProvider time, ILogger<RegistryPolicy> logger)
    {
        (_options, _service, _time, _logger) = (options.Value, service, time, logger);
        _seenFile = store.Value.PathOf("policy-version");
        Load();
    }

    /// <summary>Null where there is none in force; <see cref="Refusal"/> says why.</summary>
    public ModelPolicy? Current => _loaded is { } policy && !(policy.ExpiresAt <= _time.GetUtcNow()) ? policy : null;

    /// <summary>For a caller that needs a policy while there is none. What is wrong with it is for operators, in the log and at <c>/healthz</c>.</summary>
    public Refusal Refusal => new(
        StatusCodes.Status503ServiceUnavailable,
        _loaded is null ? _fault?.Code ?? RefusalCodes.PolicyMissing : RefusalCodes.PolicyExpired,
        "The registry has no policy in force, so nobody may change anything.",
        RetryAfterSeconds: 10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        Current is { } policy
            ? _fault is { } fault
                ? HealthCheckResult.Degraded($"policy {policy.Version} stays in force: {fault.Message}")
                : HealthCheckResult.Healthy($"policy {policy.Version}")
            : HealthCheckResult.Unhealthy(_loaded is null ? _fault?.ToString() ?? "no policy" : $"policy_expired: policy {_loaded.Version} is past its end"));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(_options.PolicyReloadIntervalMs), _time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            Load();
        }
    }

    // Read whole every time: it is small, and times of files say little on network and container mounts.
    private void Load()
    {
        var read = ModelPolicy.Load(_options.PolicyFile!, _options.PolicyRootFile!, _service.IsDevelopment, _time);
        if (read.IsSuccess && read.Value.Digest == _loaded?.Digest)
        {
            _fault = null;
            return;
        }

        var fault = read.Refusal ?? Admit(read.Value!);
        if (fault is null)
        {
            _loaded = read.Value;
            Log.PolicyLoaded(_logger, read.Value!.Version, read.Value.Digest);
        }
        else if (fault != _fault)
        {
            Log.PolicyRefused(_logger, fault.Code, fault.Message);
        }

        _fault = fault;
    }

    private ModelTrust.Refusal? Admit(ModelPolicy policy)
    {
        try
        {
            var seen = File.Exists(_seenFile) ? long.Parse(File.ReadAllText(_seenFile), NumberStyles.None, CultureInfo.InvariantCulture) : 0;
            if (policy.Version < seen || (policy.Version == seen && _loaded is not null))
            {
                return new ModelTrust.Refusal(
                    RefusalCodes.PolicyOutdated, $"{_options.PolicyFile} is version {policy.Version}, and {seen} was seen before. Give the new policy a higher version and have it signed again.");
            }

            if (policy.Version > seen)
            {
                DurableFiles.ReplaceSecret(_seenFile, policy.Version.ToString(CultureInfo.InvariantCulture));
            }

            return null;
        }
        catch (Exception e) when (e.IsDiskFault() || e is FormatException or OverflowException)
        {
            return new ModelTrust.Refusal(RefusalCodes.WriteFailed, $"{_seenFile} cannot be read or written: {e.Message}");
        }
    }
}
