namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What the manifests say of a service is what the service says of itself (<c>--describe</c>): nothing is written twice.</summary>
public class ContractTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    private const string Database = "ConnectionStrings:zakenak";

    public static TheoryData<string, string> Services => new()
    {
        { "cert-authority", "CertAuthority" },
        { "feature-proxy", "FeatureProxy" },
        { "gateway", "Gateway" },
        { "model-registry", "ModelRegistry" },
        { "model-server", "ModelServer" },
    };

    [Theory]
    [MemberData(nameof(Services))]
    public void Ports_probes_keys_and_volumes_exist_in_the_service(string service, string project)
    {
        var objects = suite.Chart(PublishedSuite.AllOptions);
        var pod = objects.First(item => item.RunsPods() && (string)item.Pod()["serviceAccountName"]! == service).Pod();
        var container = pod["containers"]![0]!.AsObject();
        var settings = Documents.SettingsOf(objects, service);
        foreach (var variable in container["env"].Items().Where(variable => ((string)variable["name"]!).Contains("__", StringComparison.Ordinal)))
            settings[((string)variable["name"]!).Replace("__", ":", StringComparison.Ordinal)] = (string?)variable["value"] ?? "zakenak";

        var described = DescribedService.Of(project, settings);
        Assert.Equal(described.Ports.OrderBy(port => port.Key), container["ports"].Items().ToDictionary(port => (string)port["name"]!, port => (int)port["containerPort"]!).OrderBy(port => port.Key));
        Assert.Equal("management", (string)described.Probes["port"]!);
        Assert.Equal((string)described.Probes["live"]!, (string)container["livenessProbe"]!["httpGet"]!["path"]!);
        Assert.Equal((string)described.Probes["live"]!, (string)container["startupProbe"]!["httpGet"]!["path"]!);
        Assert.Equal((string)described.Probes["ready"]!, (string)container["readinessProbe"]!["httpGet"]!["path"]!);

        // A model is written by the init container alone.
        described.AssertSettings(settings.Keys);
        described.AssertMounted(settings, key => pod[key == "Model:Directory" ? "initContainers" : "containers"]![0]!["volumeMounts"].Items()
            .ToDictionary(mount => (string)mount["mountPath"]!, mount => (bool)mount["readOnly"]!));

        // Who may speak to PostgreSQL is who takes a secret for it, and so is who gets that from Vault.
        var open = objects.Single(item => item.Name() == "zakenak-database-network")["spec"]!["podSelector"]!["matchExpressions"]![0]!["values"]!.AsArray().Select(value => (string)value!);
        Assert.Equal(described.Secrets.Contains(Database), open.Contains(service));
        var workload = suite.Chart("""{ "secrets": { "source": "vault" } }""").First(item => item.RunsPods() && (string)item.Pod()["serviceAccountName"]! == service);
        var annotations = workload["spec"]!["template"]!["metadata"]!["annotations"]!.AsObject();
        Assert.Equal(
            described.Secrets.Contains(Database) ? ["ConnectionStrings__zakenak"] : [],
            annotations.Where(item => item.Key.StartsWith("vault.hashicorp.com/agent-inject-file-", StringComparison.Ordinal)).Select(item => (string)item.Value!));
        Assert.Contains(workload.Pod()["volumes"].Items(), volume => (string)volume["name"]! == (string)annotations["vault.hashicorp.com/agent-service-account-token-volume-name"]!);
    }
}
