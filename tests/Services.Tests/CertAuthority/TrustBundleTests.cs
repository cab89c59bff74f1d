using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Zakenak.CertAuthority;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.CertAuthority;

/// <summary>How pods learn the roots: a ConfigMap that the authority writes, mounted as a file that every service reads again.</summary>
public sealed class TrustBundleTests
{
    [Fact]
    public async Task The_roots_are_in_a_configmap_from_the_start()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        await Eventually.IsTrueAsync(() => cluster.Api.BundleOf(ClusterAuthority.Namespace) is not null, "it is published at start");
        X509Certificate2Collection roots = [];
        roots.ImportFromPem(cluster.Api.BundleOf(ClusterAuthority.Namespace));
        Assert.Equal(cluster.Authority.Anchors.Roots.Single().RawData, Assert.Single(roots).RawData);
        Assert.DoesNotContain("PRIVATE", cluster.Api.BundleOf(ClusterAuthority.Namespace));
    }

    [Fact]
    public async Task A_configmap_that_somebody_edits_or_deletes_comes_back()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        await Eventually.IsTrueAsync(() => cluster.Api.BundleOf(ClusterAuthority.Namespace) is not null, "it is published at start");
        var bundle = cluster.Api.BundleOf(ClusterAuthority.Namespace);
        using var publisher = PublisherOf(cluster);
        await publisher.StartAsync(CancellationToken.None);
        foreach (var edited in (string?[])["-----BEGIN CERTIFICATE-----\nfoe", null])
        {
            cluster.Api.Edit(ClusterAuthority.Namespace, edited);
            await Eventually.IsTrueAsync(() => cluster.Api.BundleOf(ClusterAuthority.Namespace) == bundle, "it is published again");
        }

        await publisher.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task While_it_cannot_be_written_the_authority_issues_on_says_why_and_tries_on()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        var token = cluster.Api.Issue(PodToken.Of(ServiceNames.Gateway));
        using var publisher = PublisherOf(cluster);
        cluster.Api.Interfere = async context =>
        {
            var isMap = context.Request.Path.Value!.Contains("configmaps", StringComparison.Ordinal);
            if (isMap)
                await ApiServerStandIn.FailAsync(context, 403, "Forbidden", "configmaps is forbidden");
            return isMap;
        };
        await publisher.StartAsync(CancellationToken.None);
        await Eventually.IsTrueAsync(async () => await StatusAsync() is { Status: HealthStatus.Degraded, Description: { } why } && why.Contains("(403): a role binding is missing"), "it says why");
        Assert.Equal(200, (await cluster.EnrollAsync(token)).Status);
        cluster.Api.Interfere = null;
        await Eventually.IsTrueAsync(async () => (await StatusAsync()).Status == HealthStatus.Healthy, "it tries on");
        await publisher.StopAsync(CancellationToken.None);

        Task<HealthCheckResult> StatusAsync() => publisher.CheckHealthAsync(new HealthCheckContext());
    }

    [Fact]
    public async Task A_service_takes_over_a_root_that_its_mounted_file_gains_and_keeps_what_it_has_while_the_file_is_unusable()
    {
        await using var cluster = await ClusterAuthority.StartAsync();
        var mount = new ConfigMapMount(Path.Combine(cluster.Home.Root, "mount"));
        var first = File.ReadAllText(cluster.Home.AnchorsFile);
        mount.Swap("bundle.pem", first);
        var tokenFile = Path.Combine(cluster.Home.Root, "projected.token");
        await File.WriteAllTextAsync(tokenFile, cluster.Api.Issue(PodToken.Of(ServiceNames.Gateway)));
        await using var service = await EnrolledService.StartAsync(cluster.Home, cluster.Authority.Url, ServiceNames.Gateway, tokenFile, b => b.Configuration.AddInMemoryCollection(
            [new("Service:Namespace", ClusterAuthority.Namespace), new("Identity:TrustAnchorsFile", mount.PathOf("bundle.pem"))]));
        var svid = await service.EnrolledAsync();

        using var logs = new RecordedLog();
        using var factory = LoggerFactory.Create(b => b.AddProvider(logs));
        using var watch = new TrustAnchorsWatch(
            service.Identity, (WorkloadIdentity)service.Identity, Options.Create(new WorkloadIdentityOptions { TrustAnchorsFile = mount.PathOf("bundle.pem") }), new HastyClock(),
            factory.CreateLogger<TrustAnchorsWatch>());
        await watch.StartAsync(CancellationToken.None);
        var second = new TestTrustDomain().Bundle.Roots.Single();
        mount.Swap("bundle.pem", first + second.ExportCertificatePem() + "\n");
        await Eventually.IsTrueAsync(() => service.Identity.Bundle.Roots.Count == 2, "it trusts both");
        mount.Swap("bundle.pem", "nonsense");
        await logs.WaitForAsync("Trust stays as it is");
        Assert.Equal(2, service.Identity.Bundle.Roots.Count);
        mount.Swap("bundle.pem", first);
        await Eventually.IsTrueAsync(() => service.Identity.Bundle.Roots.Count == 1, "it trusts the first alone");
        Assert.Same(svid, service.Identity.Current);
        await watch.StopAsync(CancellationToken.None);
    }

    private static BundlePublisher PublisherOf(ClusterAuthority cluster)
    {
        var services = cluster.Authority.Services;
        return new BundlePublisher(
            services.GetRequiredService<Authority>(), services.GetRequiredService<ApiServerClient>(), services.GetRequiredService<IOptions<KubernetesOptions>>(), services.GetRequiredService<IOptions<EnrollmentKeyOptions>>(),
            services.GetRequiredService<ServiceContext>(), new HastyClock(), NullLogger<BundlePublisher>.Instance);
    }
}
