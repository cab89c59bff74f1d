using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Pipelines;
using Zakenak.Contracts;

#pragma warning disable ASPIREPIPELINES001
namespace Zakenak.AppHost.Kubernetes;

/// <summary>What a cluster adds: where a pod's files are, and the walls around it. One concern after the other, each in a file of its own.</summary>
public static class Cluster
{
    public static void Furnish(IDistributedApplicationBuilder builder, Suite suite)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(suite);
        builder.AddKubernetesEnvironment("k8s")
            .WithHelm(helm => helm
                .WithChartName("zakenak")
                .WithChartVersion("0.1.0")
                .WithChartDescription("Serves language models where trust must be proved."))
            .WithDashboard(false);

        AddFiles(suite);

        // Read off the model once it is published: only then does every value have a form.
        var graph = new Lazy<ServiceGraph>(() => ServiceGraph.Of(builder, suite.Services));
        foreach (var service in suite.Services)
        {
            var shape = ServiceShape.Of(service.Resource.Name);
            var isExternal = service.Resource.GetEndpoints().Any(endpoint => endpoint.EndpointAnnotation.IsExternal && endpoint.EndpointName == "https");
            service.PublishAsKubernetesService(published => Harden(published, shape, graph.Value, isExternal));
        }

        builder.Pipeline.AddStep(ManifestStep.Before, ManifestStep.ClearAsync, requiredBy: "publish-k8s");
        builder.Pipeline.AddStep(ManifestStep.Name, context => ManifestStep.RunAsync(context, builder.AppHostDirectory), dependsOn: "publish-k8s", requiredBy: WellKnownPipelineSteps.Publish);
    }

    // The paths that a laptop has in its state folder.
    private static void AddFiles(Suite suite)
    {
        suite.CertAuthority
            .WithEnvironment("CertAuthority__Directory", PodPaths.State + "/authority")
            .WithEnvironment("Identity__TrustAnchorsFile", PodPaths.State + "/roots.pem");
        foreach (var service in suite.Services.Where(service => service != suite.CertAuthority))
            service.WithEnvironment("Identity__TrustAnchorsFile", PodPaths.Trust + "/bundle.pem");

        suite.FeatureProxy.WithEnvironment("Features__SeedFile", PodPaths.Features + "/features.json");
        suite.ModelRegistry.WithEnvironment("Registry__Directory", PodPaths.State + "/registry");
        suite.ModelServer.WithEnvironment("Trust__MemoryFile", PodPaths.State + "/trust-memory.json");
        foreach (var service in new[] { suite.ModelRegistry, suite.ModelServer })
        {
            service
                .WithEnvironment("Trust__PolicyFile", PodPaths.Policy + "/policy.json")
                .WithEnvironment("Trust__PolicyRootFile", PodPaths.PolicyRoot + "/policy-root.pem");
        }

        // The name of a headless service has an address for each replica, among which the gateway chooses.
        suite.Gateway
            .WithEnvironment("ApiKeys__File", PodPaths.ApiKeys + "/keys.json")
            .WithEnvironment("KillSwitch__File", PodPaths.State + "/gateway/kills.json")
            .WithEnvironment("Rollouts__StateFile", PodPaths.State + "/gateway/rollouts.json")
            .WithEnvironment("ModelServers__Urls__0", ReferenceExpression.Create($"dns:{suite.ModelServer.GetEndpoint("https").Property(EndpointProperty.HostAndPort)}"));
    }

    private static void Harden(KubernetesResource service, ServiceShape shape, ServiceGraph graph, bool isExternal)
    {
        var pod = service.Workload!.PodTemplate.Spec;
        var container = pod.Containers[0];
        container.Image = ServiceValues.ImageOf(shape);
        container.ImagePullPolicy = "{{ .Values.images.pullPolicy }}";
        Resources.Apply(container, shape.Key + ".resources");
        Configuration.Apply(service, shape);
        Probes.Apply(service);
        ServiceAccounts.Apply(service, shape);
        Volumes.Apply(service, shape);
        AddVolumes(service, shape);
        State.Apply(service, shape);
        Rollout.Apply(service, shape);
        Placement.Apply(service, shape);
        Disruption.Apply(service, shape);
        Network.Apply(service, shape, graph, isExternal);
        PodSecurity.Harden(pod);
        switch (shape.Name)
        {
            case ServiceNames.CertAuthority:
                ApiServerAccess.Apply(service);
                break;
            case ServiceNames.ModelServer:
                ModelPods.Apply(service, shape);
                break;
            case ServiceNames.Gateway:
                EdgeObjects.Apply(service);
                GatewayClients.Apply(service);
                Administration.Apply(service);
                break;
        }

        Labels.Complete(service);
    }

    private static void AddVolumes(KubernetesResource service, ServiceShape shape)
    {
        if (shape.Name == ServiceNames.CertAuthority)
        {
            // Prometheus, which scrapes them all, checks names and no SPIFFE ids.
            foreach (var name in ServiceShape.All.Select(item => item.Name))
                service.ConfigMap!.Data[$"CertAuthority__DnsNames__{name}__0"] = $"{name}-service";

            // The gateway is known to clients by a name that whoever installs decides.
            service.ConfigMap!.Data["CertAuthority__DnsNames__gateway__1"] = Configuration.EdgeHost;
        }
        else
        {
            Volumes.FromConfigMap(service, "trust", ApiServerAccess.BundleConfigMap, PodPaths.Trust);
        }

        switch (shape.Name)
        {
            case ServiceNames.ModelRegistry or ServiceNames.ModelServer:
                Volumes.FromConfigMap(service, "policy", "{{ .Values.trust.policyConfigMap }}", PodPaths.Policy);
                Volumes.FromConfigMap(service, "policy-root", "{{ .Values.trust.policyRootConfigMap }}", PodPaths.PolicyRoot);
                break;
            case ServiceNames.FeatureProxy:
                Volumes.FromConfigMap(service, "features", "{{ .Values.featureProxy.featuresConfigMap }}", PodPaths.Features);
                break;
            case ServiceNames.Gateway:
                // A log that goes with its pod proves nothing, and would fill what the pod may write.
                service.ConfigMap!.Data["Audit__Directory"] = State.ByStorage(shape, PodPaths.State + "/gateway/audit", "");
                var pod = service.Workload!.PodTemplate.Spec;
                pod.Volumes.Add(new() { Name = "api-keys", Secret = new() { SecretName = "{{ .Values.gateway.apiKeysSecret }}", Optional = true, DefaultMode = Volumes.OwnerReads } });
                Volumes.Mount(pod, "api-keys", PodPaths.ApiKeys);
                break;
        }
    }
}
