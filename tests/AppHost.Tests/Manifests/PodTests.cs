using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What holds for every pod, whatever is switched on.</summary>
public class PodTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    public static TheoryData<string> Controls => [.. RestrictedPods.Controls.Keys];

    private IEnumerable<JsonObject> Workloads => suite.Chart().Concat(suite.Chart(PublishedSuite.AllOptions)).Where(item => item.RunsPods());

    [Fact]
    public void Every_pod_keeps_to_the_restricted_standard()
    {
        foreach (var workload in Workloads)
            Assert.All(RestrictedPods.Controls, control => Assert.True(control.Value(workload.Pod()), $"{workload.Name()}: {control.Key}"));
    }

    [Theory]
    [MemberData(nameof(Controls))]
    public void Each_control_of_the_standard_finds_a_pod_that_breaks_it(string control)
    {
        var pod = suite.Chart().First(item => item.RunsPods()).Pod();
        RestrictedPods.Breaches[control](pod);

        Assert.Equal([control], RestrictedPods.Controls.Where(other => !other.Value(pod)).Select(other => other.Key));
    }

    [Fact]
    public void Every_pod_runs_on_a_read_only_root_as_one_fixed_user()
    {
        foreach (var container in Workloads.SelectMany(workload => workload.Pod().AllContainers()))
        {
            Assert.True((bool)container["securityContext"]!["readOnlyRootFilesystem"]!);
            Assert.Equal(1654, (long)container["securityContext"]!["runAsUser"]!);
        }
    }

    [Fact]
    public void Every_pod_has_an_account_of_its_own_and_one_token_for_the_authority()
    {
        var accounts = suite.Chart().Where(item => item.Kind() == "ServiceAccount").Select(item => item.Name()).ToHashSet();
        foreach (var workload in Workloads)
        {
            var pod = workload.Pod();
            Assert.Equal((string)workload["metadata"]!["labels"]!["app.kubernetes.io/component"]!, (string)pod["serviceAccountName"]!);
            Assert.Contains((string)pod["serviceAccountName"]!, accounts);
            Assert.False((bool)pod["automountServiceAccountToken"]!);
            var tokens = pod["volumes"].Items().SelectMany(volume => volume["projected"]?["sources"].Items() ?? [])
                .Select(source => source["serviceAccountToken"]).Where(token => token is not null).Select(token => (string?)token!["audience"]);
            Assert.Equal((string)pod["serviceAccountName"]! == "cert-authority" ? ["zakenak-ca", null] : ["zakenak-ca"], tokens);
        }
    }

    [Fact]
    public void Every_container_has_requests_and_limits_and_every_server_three_probes_over_https()
    {
        foreach (var pod in Workloads.Select(workload => workload.Pod()))
        {
            Assert.All(pod.AllContainers(), container => Assert.All(new[] { "requests", "limits" }, kind =>
                Assert.All(new[] { "cpu", "memory" }, name => Assert.NotEmpty((string)container["resources"]![kind]![name]!))));
            foreach (var container in pod["containers"].Items())
            {
                Assert.All(new[] { "startupProbe", "livenessProbe", "readinessProbe" }, probe =>
                    Assert.Equal(("HTTPS", "management"), ((string)container[probe]!["httpGet"]!["scheme"]!, (string)container[probe]!["httpGet"]!["port"]!)));
            }
        }
    }

    [Fact]
    public void A_pod_that_stops_has_time_to_be_forgotten_and_to_finish()
    {
        foreach (var pod in Workloads.Select(workload => workload.Pod()))
        {
            var drain = int.Parse(Documents.SettingsOf(suite.Chart(), (string)pod["serviceAccountName"]!)["Service:ShutdownTimeoutSeconds"], System.Globalization.CultureInfo.InvariantCulture);
            var sleep = (int)pod["containers"]![0]!["lifecycle"]!["preStop"]!["sleep"]!["seconds"]!;
            Assert.True((int)pod["terminationGracePeriodSeconds"]! >= drain + sleep + 5);
        }
    }

    [Fact]
    public void A_rollout_never_takes_a_pod_away_before_another_is_ready()
    {
        Assert.All(Workloads.Where(item => item.Kind() == "Deployment"), item => Assert.Equal(0, (int)item["spec"]!["strategy"]!["rollingUpdate"]!["maxUnavailable"]!));
        Assert.All(Workloads.Where(item => item.Name() is "cert-authority-stateful" or "model-registry-stateful"), item => Assert.Equal(1, (int)item["spec"]!["replicas"]!));

        // In order, a pod that never gets ready would be waited for, and stay after a rollback.
        Assert.All(Workloads.Where(item => item.Kind() == "StatefulSet"), item => Assert.Equal("Parallel", (string)item["spec"]!["podManagementPolicy"]!));
        Assert.All(Workloads, item => Assert.Equal(2, item.Pod()["topologySpreadConstraints"].Items().Count()));
        Assert.All(Workloads, item => Assert.NotNull(item.Pod()["affinity"]!["podAntiAffinity"]));
        Assert.Equal(["zakenak-serving"], Workloads.Select(item => (string)item.Pod()["priorityClassName"]!).Distinct());
        Assert.Contains(suite.Chart(), item => item.Kind() == "PriorityClass" && item.Name() == "zakenak-serving");
    }

    [Fact]
    public void A_rollout_and_a_node_that_is_emptied_take_one_gateway_of_several()
    {
        const string Scaled = """{ "gateway": { "autoscaling": { "by": "hpa" } } }""";
        var autoscaler = suite.Chart(Scaled).Single(item => item.Kind() == "HorizontalPodAutoscaler");
        Assert.True((int)autoscaler["spec"]!["minReplicas"]! >= 2);
        foreach (var objects in new[] { suite.Chart(), Kustomize.Build(suite, "overlays/staging"), Kustomize.Build(suite, "overlays/production") })
        {
            // One after the other is what a StatefulSet does unless it is told otherwise.
            var gateway = objects.Single(item => item.Kind() == "StatefulSet" && item.Name() == "gateway-stateful");
            Assert.True((int)gateway["spec"]!["replicas"]! >= 2);
            Assert.Null(gateway["spec"]!["updateStrategy"]);
            Assert.True((int)gateway["spec"]!["minReadySeconds"]! > 0);
        }

        Assert.All(suite.Chart().Where(item => item.Kind() == "PodDisruptionBudget"), item => Assert.Equal(1, (int)item["spec"]!["maxUnavailable"]!));
    }

    [Fact]
    public void Nodes_without_AppArmor_are_not_asked_for_it_by_value()
    {
        Assert.All(Workloads, item => Assert.Equal("RuntimeDefault", (string)item.Pod()["securityContext"]!["appArmorProfile"]!["type"]!));
        var options = (JsonObject)JsonNode.Parse(PublishedSuite.AllOptions)!;
        options["pods"] = new JsonObject { ["appArmor"] = false };
        Assert.DoesNotContain(suite.Chart(options.ToJsonString()), item => item.Kind() is "Deployment" or "StatefulSet" or "CronJob" && item.ToJsonString().Contains("\"appArmorProfile\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_changed_setting_is_another_pod()
    {
        var before = Annotations("{}");
        var after = Annotations("""{ "gateway": { "settings": { "A": "b" } }, "edge": { "host": "other.example.com" } }""");
        Assert.Equal(64, before["gateway-stateful"]["checksum/config"].Length);
        Assert.NotEqual(before["gateway-stateful"]["checksum/settings"], after["gateway-stateful"]["checksum/settings"]);
        Assert.NotEqual(before["cert-authority-stateful"]["checksum/host"], after["cert-authority-stateful"]["checksum/host"]);
        Assert.Equal(before["model-server-guide-v1"], after["model-server-guide-v1"]);

        // What the application model's file takes from values.
        var admin = Annotations("""{ "gateway": { "admin": { "writers": ["spiffe://zakenak.local/ns/zakenak/sa/operator"] } } }""");
        Assert.Equal(["checksum/writers"], before["gateway-stateful"].Where(item => admin["gateway-stateful"][item.Key] != item.Value).Select(item => item.Key));

        Dictionary<string, Dictionary<string, string>> Annotations(string values) => suite.Chart(values).Where(item => item.RunsPods()).ToDictionary(
            item => item.Name(),
            item => item["spec"]!["template"]!["metadata"]!["annotations"]!.AsObject().ToDictionary(annotation => annotation.Key, annotation => (string)annotation.Value!));
    }

    [Fact]
    public void A_selector_finds_the_pods_that_it_is_for()
    {
        var objects = suite.Chart(PublishedSuite.AllOptions);
        foreach (var workload in objects.Where(item => item.RunsPods()))
            Assert.True(Matches(workload["spec"]!["selector"]!["matchLabels"]!, workload));

        foreach (var selecting in objects.Where(item => item.Kind() is "Service" or "PodDisruptionBudget"))
        {
            var selector = selecting.Kind() == "Service" ? selecting["spec"]!["selector"]! : selecting["spec"]!["selector"]!["matchLabels"]!;
            var found = objects.Where(item => item.RunsPods() && Matches(selector, item)).Select(item => (string)item.Pod()["serviceAccountName"]!).Distinct();
            Assert.Equal([(string)selecting["metadata"]!["labels"]!["app.kubernetes.io/component"]!], found);
        }

        static bool Matches(JsonNode selector, JsonObject workload) =>
            ((JsonObject)selector).All(label => (string?)workload["spec"]!["template"]!["metadata"]!["labels"]![label.Key] == (string?)label.Value);
    }

    [Fact]
    public void Each_served_version_has_a_deployment_that_can_only_read_what_its_init_container_fetched()
    {
        var models = suite.Chart(PublishedSuite.AllOptions).Where(item => item.Kind() == "Deployment" && item.Name().StartsWith("model-server-", StringComparison.Ordinal)).ToArray();
        Assert.Equal(["model-server-guide-v1", "model-server-guide-v2"], models.Select(item => item.Name()));
        foreach (var pod in models.Concat(suite.Chart().Where(item => item.RunsPods() && item.Name() == "model-server-guide-v1")).Select(item => item.Pod()))
        {
            Assert.Equal("fetch", (string)pod["initContainers"]![0]!["args"]![0]!);
            Assert.False(IsReadOnly(pod["initContainers"]![0]!));
            Assert.True(IsReadOnly(pod["containers"]![0]!));
        }

        Assert.Equal("8064Mi", (string)suite.Chart("""{ "modelServer": { "versions": [{ "name": "big", "version": "v1", "replicas": 1, "sizeMiB": 8000 }] } }""")
            .Single(item => item.RunsPods() && item.Name() == "model-server-big-v1").Pod()["volumes"].Items().Single(volume => (string)volume["name"]! == "models")["emptyDir"]!["sizeLimit"]!);
        Assert.Equal("None", (string)suite.Chart().Single(item => item.Name() == "model-server-service")["spec"]!["clusterIP"]!);

        static bool IsReadOnly(JsonNode container) => (bool)container["volumeMounts"].Items().Single(mount => (string)mount["name"]! == "models")["readOnly"]!;
    }

    [Fact]
    public void Each_gateway_keeps_its_log_on_a_volume_of_its_own_unless_it_is_told_to_keep_none()
    {
        var gateway = Gateway("{}");
        Assert.Equal(("StatefulSet", 2, "Parallel"), (gateway.Kind(), (int)gateway["spec"]!["replicas"]!, (string)gateway["spec"]!["podManagementPolicy"]!));
        var claim = Assert.Single(gateway["spec"]!["volumeClaimTemplates"].Items());
        var at = (string)gateway.Pod()["containers"]![0]!["volumeMounts"].Items().Single(mount => (string)mount["name"]! == claim.Name())["mountPath"]!;
        var settings = Documents.SettingsOf(suite.Chart(), "gateway");
        Assert.All(new[] { "Audit:Directory", "KillSwitch:File", "Rollouts:StateFile" }, key => Assert.StartsWith(at + "/", settings[key], StringComparison.Ordinal));

        // Its name, by which its volume is found again, is in a service without an address.
        Assert.Equal("None", (string)suite.Chart().Single(item => item.Kind() == "Service" && item.Name() == (string)gateway["spec"]!["serviceName"]!)["spec"]!["clusterIP"]!);

        const string Fleeting = """{ "gateway": { "storage": { "persistent": false }, "autoscaling": { "by": "hpa" } } }""";
        gateway = Gateway(Fleeting);
        Assert.Equal(("Deployment", "gateway-deployment"), (gateway.Kind(), gateway.Name()));
        Assert.NotNull(gateway.Pod()["volumes"].Items().Single(volume => (string)volume["name"]! == "state")["emptyDir"]);
        Assert.Equal("", Documents.SettingsOf(suite.Chart(Fleeting), "gateway")["Audit:Directory"]);
        Assert.Equal(0, (int)gateway["spec"]!["strategy"]!["rollingUpdate"]!["maxUnavailable"]!);

        JsonObject Gateway(string values) => suite.Chart(values).Single(item => item.RunsPods() && (string)item.Pod()["serviceAccountName"]! == "gateway");
    }

    [Fact]
    public void An_image_is_taken_by_digest_where_one_is_given() => Assert.Equal(
        "zakenak/gateway@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        (string)suite.Chart(PublishedSuite.AllOptions).Single(item => item.RunsPods() && item.Name() == "gateway-stateful").Pod()["containers"]![0]!["image"]!);

    [Fact]
    public void No_output_holds_a_secret_and_no_pod_gets_one_by_environment()
    {
        Assert.DoesNotContain(suite.Chart(PublishedSuite.AllOptions), item => item.Kind() == "Secret");
        foreach (var container in Workloads.SelectMany(workload => workload.Pod().AllContainers()))
        {
            Assert.Null(container["envFrom"]);
            Assert.All(container["env"].Items(), variable => Assert.Null(variable["valueFrom"]?["secretKeyRef"]));
        }

        foreach (var (name, text) in suite.Files())
        {
            Assert.False(text.Contains("PRIVATE KEY", StringComparison.Ordinal), name);
            Assert.DoesNotMatch("(?i)(password|apikey|secretkey|token)\"?: \"?[A-Za-z0-9+/_-]{12,}", text);
        }
    }
}
