using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>The lab's <c>compose.yaml</c>: what it says exists in the services and in the folder, and every container is walled in.</summary>
public partial class ComposeTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    private readonly JsonObject _compose = ComposeFile.Read(suite);

    public static TheoryData<string, string> Services => ContractTests.Services;

    private IEnumerable<KeyValuePair<string, JsonObject>> All => _compose["services"]!.AsObject().Select(item => KeyValuePair.Create(item.Key, item.Value!.AsObject()));

    [Fact]
    public void It_is_of_the_form_that_Compose_takes() => Assert.Empty(new JsonSchema(ComposeFile.Schema).Evaluate(_compose));

    [Fact]
    public void Every_container_is_walled_in()
    {
        Assert.Equal(["cert-authority", "feature-proxy", "fetch", "gateway", "model-registry", "model-server", "operator"], All.Select(item => item.Key).Order(StringComparer.Ordinal));
        foreach (var (name, service) in All)
        {
            Assert.True((bool)service["read_only"]!, name);
            Assert.Equal("ALL", (string)Assert.Single(service["cap_drop"]!.AsArray())!);
            Assert.Equal("no-new-privileges:true", (string)Assert.Single(service["security_opt"]!.AsArray())!);
            Assert.StartsWith("/tmp:", (string)Assert.Single(service["tmpfs"]!.AsArray())!, StringComparison.Ordinal);
            Assert.StartsWith("${ZAKENAK_USER:?", (string)service["user"]!, StringComparison.Ordinal);
            Assert.All(new[] { "cpus", "memory", "pids" }, limit => Assert.NotNull(service["deploy"]!["resources"]!["limits"]![limit]));
            Assert.Matches("^[$][{]ZAKENAK_[A-Z_]+_IMAGE:-zakenak/[a-z-]+:", (string)service["image"]!);

            // One way in, on this machine, to one service; and no way out.
            Assert.Equal(name == "gateway" ? ["127.0.0.1:${ZAKENAK_PORT:-8443}:8443"] : [], service["ports"] is JsonArray ports ? ports.Select(port => (string)port!) : []);
            Assert.Equal(name == "gateway" ? ["inside", "edge"] : ["inside"], service["networks"]!.AsObject().Select(network => network.Key));
            Assert.DoesNotContain(service["environment"]!.AsObject(), variable => SecretName().IsMatch(variable.Key));
        }

        Assert.True((bool)_compose["networks"]!["inside"]!["internal"]!);
    }

    [Fact]
    public void What_is_mounted_is_what_prepare_makes_or_what_is_published()
    {
        var prepare = suite.Files("compose")["prepare.sh"];
        var made = MakesPattern().Match(prepare).Groups[1].Value.Split(' ');
        foreach (var bind in All.SelectMany(item => item.Value["volumes"].Items()))
            Assert.Contains(((string)bind["source"]!)[2..], made);

        var keys = KeysPattern().Match(prepare).Groups[1].Value.Split(' ');
        Assert.Equal(_compose["secrets"]!.AsObject().Select(item => "./secrets/" + item.Key), _compose["secrets"]!.AsObject().Select(item => (string)item.Value!["file"]!));
        Assert.Equal(_compose["secrets"]!.AsObject().Select(item => item.Key), keys);
        Assert.All(_compose["configs"]!.AsObject(), item => Assert.True(suite.Files("compose").ContainsKey(((string)item.Value!["file"]!)[2..])));

        // Each service has its own key and nobody else's; the authority has them all.
        foreach (var (name, service) in All)
        {
            var has = service["secrets"].Items().Select(secret => (string)secret["source"]!).Order(StringComparer.Ordinal);
            Assert.Equal(name == "cert-authority" ? keys.Order(StringComparer.Ordinal) : [name == "fetch" ? "model-server" : name], has);
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Keys_ports_and_paths_exist_in_the_service(string service, string project)
    {
        var container = All.Single(item => item.Key == service).Value;
        var settings = ComposeFile.SettingsOf(suite, service);
        foreach (var (name, value) in container["environment"]!.AsObject().Where(variable => variable.Key.Contains("__", StringComparison.Ordinal)))
            settings[name.Replace("__", ":", StringComparison.Ordinal)] = ComposeFile.WithDefaults((string)value!);

        var described = DescribedService.Of(project, settings);
        described.AssertSettings(settings.Keys);
        described.AssertMounted(settings, key => ComposeFile.MountsOf(key == "Model:Directory" ? All.Single(item => item.Key == "fetch").Value : container));
        Assert.Equal(8443, described.Ports["https"]);
        Assert.Equal("lab", settings["Service:Namespace"]);
        Assert.Equal(["CMD", "dotnet", $"/app/{project}.dll", "--healthy"], container["healthcheck"]!["test"]!.AsArray().Select(word => (string)word!));
        Assert.Equal([service + "-service"], container["networks"]!["inside"]!["aliases"]!.AsArray().Select(alias => (string)alias!));

        // Whoever is spoken to is there under that name and port.
        var names = All.Select(item => item.Key + "-service:8443").ToHashSet();
        Assert.All(settings.Values.Where(value => value.Contains("-service:", StringComparison.Ordinal)), value => Assert.Contains(value.Split("//")[^1].Replace("dns:", "", StringComparison.Ordinal), names));
    }

    [Fact]
    public void Each_starts_after_those_that_it_needs()
    {
        Assert.Empty(DependenciesOf("cert-authority"));
        Assert.All(All.Where(item => item.Key is not ("cert-authority" or "operator")), item => Assert.Equal("service_healthy", DependenciesOf(item.Key)["cert-authority"]));
        Assert.Equal("service_healthy", DependenciesOf("fetch")["model-registry"]);
        Assert.Equal("service_completed_successfully", DependenciesOf("model-server")["fetch"]);
        Assert.Equal("service_healthy", DependenciesOf("gateway")["model-server"]);
        Assert.Equal(["operator"], All.Where(item => item.Value["profiles"] is not null).Select(item => item.Key));

        Dictionary<string, string> DependenciesOf(string service) =>
            All.Single(item => item.Key == service).Value["depends_on"]!.AsObject().ToDictionary(item => item.Key, item => (string)item.Value!["condition"]!);
    }

    [GeneratedRegex("mkdir -p secrets (.+)")]
    private static partial Regex MakesPattern();

    [GeneratedRegex("for name in (.+); do")]
    private static partial Regex KeysPattern();

    [GeneratedRegex("(?i)password|secret|token|connectionstring")]
    private static partial Regex SecretName();
}
