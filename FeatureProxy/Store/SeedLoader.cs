using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.FeatureProxy.Store;

/// <summary>Fills the store before the service takes requests, and again whenever the file changes; a wrong file leaves the last good one in place.</summary>
internal sealed class SeedLoader(MemoryFeatureStore store, IOptions<FeatureStoreOptions> options, TimeProvider time, ILogger<SeedLoader> logger)
    : BackgroundService, IHealthCheck
{
    private (DateTime Written, long Length) _seen;
    private volatile string? _fault;

    /// <exception cref="StartRefusedException">The file is wrong; the message names the row.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _seen = Look();
            Load();
        }
        catch (SeedException e)
        {
            throw new StartRefusedException($"Features:SeedFile {options.Value.SeedFile}: {e.Message}", ExitCodes.Misconfigured, e);
        }

        return base.StartAsync(cancellationToken);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_fault is { } fault
            ? HealthCheckResult.Degraded($"serves the last good features: the changed file is wrong, {fault}")
            : HealthCheckResult.Healthy($"{store.Snapshot.Rows.Count} rows"));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.Value.ReloadIntervalMs), time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            ReloadWhereChanged();
        }
    }

    private void ReloadWhereChanged()
    {
        // What is looked at first is what is remembered: a file that changes while it is read is read again.
        var now = Look();
        if (now == _seen)
        {
            return;
        }

        _seen = now;
        try
        {
            Load();
            _fault = null;
        }
        catch (SeedException e)
        {
            _fault = e.Message;
            Log.SeedKept(logger, e.Message);
        }
    }

    private void Load()
    {
        var snapshot = SeedFile.Read(options.Value.SeedFile!);
        store.Snapshot = snapshot;
        Log.SeedLoaded(logger, snapshot.Views.Count, snapshot.Rows.Count);
    }

    // Of a missing file this is a time of 1601 and no length; reading it then says what is wrong.
    private (DateTime Written, long Length) Look()
    {
        var file = new FileInfo(options.Value.SeedFile!);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}
