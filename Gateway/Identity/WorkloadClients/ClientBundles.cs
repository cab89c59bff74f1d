using System.Collections.Frozen;
using System.Security.Cryptography.X509Certificates;
using Zakenak.Gateway.Files;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.WorkloadClients;

/// <summary>The roots of each trust domain: read before the first connection is taken, and again when a file changes.</summary>
internal sealed partial class ClientBundles(
    LiveOptions<WorkloadClientsOptions> options, IWorkloadIdentity own, TimeProvider time, ILogger<ClientBundles> logger) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, WatchedFile> _files = new(StringComparer.Ordinal);
    private volatile FrozenDictionary<string, TrustBundle> _bundles = FrozenDictionary<string, TrustBundle>.Empty;
    private WorkloadClientsOptions? _loaded;

    /// <summary>Whether any trust domain is configured.</summary>
    public bool Any => options.Current.TrustDomains.Count > 0;

    /// <summary>Null where the domain is not configured, or is our own and we are not enrolled yet.</summary>
    public TrustBundle? Find(string trustDomain) =>
        _bundles.TryGetValue(trustDomain, out var bundle) ? bundle
        : own.Id.TrustDomain == trustDomain && own.IsEnrolled && options.Current.TrustDomains.Any(t => t.Name == trustDomain) ? own.Bundle
        : null;

    /// <summary>By all of them together: who belongs to which domain is seen afterwards.</summary>
    public X509ChainPolicy ToChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        foreach (var domain in options.Current.TrustDomains)
        {
            if (Find(domain.Name) is { } bundle)
                policy.CustomTrustStore.AddRange(bundle.Roots.ToArray());
        }

        return policy;
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (Load() is { } fault)
            throw new StartRefusedException($"configuration: {fault}", ExitCodes.Misconfigured);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (HasChanged() && Load() is { } fault)
                ReloadRefused(logger, fault);
        }
    }

    private bool HasChanged()
    {
        var changed = _loaded != options.Current;
        foreach (var domain in options.Current.TrustDomains)
            changed |= domain.BundleFile is { Length: > 0 } path && Watch(path).HasChanged();
        return changed;
    }

    /// <summary>What is wrong; then the bundles before stay.</summary>
    private string? Load()
    {
        var current = options.Current;
        var bundles = new Dictionary<string, TrustBundle>(StringComparer.Ordinal);
        for (var i = 0; i < current.TrustDomains.Count; i++)
        {
            var (domain, key) = (current.TrustDomains[i], $"WorkloadClients:TrustDomains:{i}:BundleFile");
            if (string.IsNullOrEmpty(domain.BundleFile))
            {
                if (domain.Name != own.Id.TrustDomain)
                    return $"{key}: only the suite's own trust domain {own.Id.TrustDomain} needs none.";
                continue;
            }

            Watch(domain.BundleFile).HasChanged();
            if (TrustAnchors.TryLoad(domain.BundleFile, out var reason) is not { } certificates)
                return $"{key}: {reason}.";
            X509Certificate2[] roots = [.. certificates.Where(c => c.SubjectName.RawData.AsSpan().SequenceEqual(c.IssuerName.RawData))];
            if (roots.Length == 0)
                return $"{key}: it has no root, which is a certificate that issued itself.";
            bundles[domain.Name] = new TrustBundle(domain.Name, roots, [.. certificates.Except(roots)]);
        }

        (_bundles, _loaded) = (bundles.ToFrozenDictionary(StringComparer.Ordinal), current);
        if (bundles.Count > 0)
            BundlesLoaded(logger, bundles.Count);
        return null;
    }

    private WatchedFile Watch(string path) => _files.TryGetValue(path, out var file) ? file : _files[path] = new WatchedFile(path);

    [LoggerMessage(LogLevel.Information, "Loaded the roots of {Count} trust domains of clients.")]
    private static partial void BundlesLoaded(ILogger logger, int count);

    [LoggerMessage(LogLevel.Error, "Refused changed roots of clients and kept the last good ones: {Reason}")]
    private static partial void ReloadRefused(ILogger logger, string reason);
}
