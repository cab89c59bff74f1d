using System.Net;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Stages;
using Zakenak.ServiceDefaults;
using Zakenak.Services.Tests.CertAuthority;
using Zakenak.Services.Tests.ModelRegistry;
using Zakenak.Services.Tests.ModelServer.Loading;

namespace Zakenak.Services.Tests.Pods;

/// <summary>Every service, whole, on mounted files and a file system that it cannot write to: it enrolls, becomes ready, and ends in time when it is told to.</summary>
public sealed class ReadOnlyPodTests
{
    [Fact]
    public async Task The_gateway_needs_no_place_to_write()
    {
        await using var pod = await Pod.CreateAsync();
        await RunAsync(pod.Start(ServiceNames.Gateway, ("ApiKeys:File", pod.WriteApiKeys()), ("ModelServers:Urls:0", $"dns:localhost:{FreePort.Next()}")), "Degraded");
    }

    [Fact]
    public async Task The_feature_proxy_needs_no_place_to_write()
    {
        await using var pod = await Pod.CreateAsync();
        File.WriteAllText(pod["features.json"], """{"views":{"customer":{"features":["tier"]}},"rows":[]}""");
        await RunAsync(pod.Start(ServiceNames.FeatureProxy, ("Features:SeedFile", pod["features.json"])));
    }

    [Fact]
    public async Task The_registry_writes_to_its_own_folder_alone()
    {
        await using var pod = await Pod.CreateAsync();
        using var home = new RegistryHome();
        await RunAsync(pod.Start(
            ServiceNames.ModelRegistry, ("Registry:Directory", pod["var/registry"]), ("Registry:AuditDirectory", pod["var/audit"]), ("Registry:MinFreeBytes", "0"),
            ("Trust:PolicyFile", home["policy.json"]), ("Trust:PolicyRootFile", home["root.pub.pem"])));
    }

    [Fact]
    public async Task An_init_container_fetches_from_a_registry_pod_into_the_one_volume_that_it_can_write_to()
    {
        await using var pod = await Pod.CreateAsync();
        await using var registryPod = new Pod(pod.Cluster);
        using var home = new RegistryHome();
        home.WritePolicy(identity: $"spiffe://zakenak.local/ns/{ClusterAuthority.Namespace}/sa/{ServiceNames.Operator}");
        (string, string)[] policy = [("Trust:PolicyFile", home["policy.json"]), ("Trust:PolicyRootFile", home["root.pub.pem"])];
        await using var registry = registryPod.Start(ServiceNames.ModelRegistry, [("Registry:Directory", registryPod["var/registry"]), ("Registry:MinFreeBytes", "0"), .. policy]);
        await registry.ReadyAsync();
        var model = new PushedModel(home);
        using (var client = new HttpClient(WorkloadHttpHandler.Create(await pod.EnrollAsync(ServiceNames.Operator), ServiceNames.ModelRegistry)) { BaseAddress = registry.TrafficUrl })
        {
            Assert.Equal(201, (await client.PushAsync(model)).Status);
            Assert.Equal(200, (await client.PostAsync(model.Address + "/stage", home.Stage(model.Name, model.Digest, 1, ModelStage.Approved))).Status);
        }

        // The pod's one file of settings is the main container's too.
        await using var fetch = pod.Start(
            ServiceNames.ModelServer, ["fetch", "--model", "guide:v1", "--dest", pod["var/model/guide"]],
            [("Registry:Url", registry.TrafficUrl.GetLeftPart(UriPartial.Authority)), ("Model:Directory", pod["var/model/guide"]), ("Engine:Threads", "1"), .. policy]);
        var (code, output, errors) = await fetch.EndedAsync();
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains($"guide:v1 ({model.Digest}) is in", output);
        Assert.Equal(model.Files["model.bin"], File.ReadAllBytes(pod["var/model/guide/model/model.bin"]));
    }

    [Fact]
    public async Task The_model_server_serves_from_a_folder_that_only_the_fetch_could_write()
    {
        await using var pod = await Pod.CreateAsync();
        await using var model = await SignedTinyModel.CreateAsync();
        await RunAsync(pod.Start(ServiceNames.ModelServer, [.. model.Settings, ("Engine:Threads", "1"), ("Trust:MemoryFile", pod["var/trust/memory.json"])]));
        Assert.True(File.Exists(pod["var/trust/memory.json"]));
    }

    [Fact]
    public async Task The_certificate_authority_writes_to_its_own_folder_alone_and_issues()
    {
        await using var pod = await Pod.CreateAsync();
        await using var process = pod.Start(
            ServiceNames.CertAuthority, ("CertAuthority:Directory", pod["var/ca"]), ("Identity:TrustAnchorsFile", pod["var/ca/anchors.pem"]),
            ("CertAuthority:Kubernetes:Url", pod.Cluster.Api.Url.GetLeftPart(UriPartial.Authority)),
            ("CertAuthority:Kubernetes:CaFile", Path.Combine(pod.Cluster.Home.Root, "ca.crt")),
            ("CertAuthority:Kubernetes:TokenFile", pod.Cluster.ReviewerTokenFile),
            ("CertAuthority:Kubernetes:BundleConfigMap", "of-this-pod"));
        await ServiceDefaults.Eventually.IsTrueAsync(async () => await process.ReadyAsync() == "Healthy", "its bundle is published");
        File.WriteAllText(pod["roots.pem"], pod.Cluster.Api.BundleOf(ClusterAuthority.Namespace, "of-this-pod"));
        File.WriteAllText(pod["identity/gateway"], pod.Cluster.Api.Issue(PodToken.Of(ServiceNames.Gateway)));
        var (identity, failure) = await WorkloadEnrollment.EnrollAsync(
            SpiffeId.ForService(ClusterAuthority.Id.TrustDomain, ClusterAuthority.Namespace, ServiceNames.Gateway), process.TrafficUrl, pod["roots.pem"], pod["identity/gateway"],
            TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Null(failure);
        Assert.Equal("spiffe://zakenak.local/ns/serving/sa/gateway", identity!.Id.ToString());
        await EndAsync(process);
    }

    private static async Task RunAsync(PodProcess process, string ready = "Healthy")
    {
        await using (process)
        {
            Assert.Equal(ready, await process.ReadyAsync());
            Assert.Equal(HttpStatusCode.OK, await process.ProbeAsync(ServiceProbes.LivePath));
            Assert.Equal(HttpStatusCode.Forbidden, await process.ProbeAsync(ServiceProbes.MetricsPath)); // a kubelet is nobody
            await EndAsync(process);
        }
    }

    private static async Task EndAsync(PodProcess process)
    {
        await process.TerminateAsync();
        var (code, output, errors) = await process.EndedAsync();
        Assert.Equal((0, ""), (code, errors));
        Assert.DoesNotContain("Read-only file system", output);
        Assert.DoesNotContain("\"LogLevel\":\"Error\"", output);
    }
}
