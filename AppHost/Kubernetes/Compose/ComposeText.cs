using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes.Compose;

/// <summary>Writes <c>compose.yaml</c>.</summary>
internal static class ComposeText
{
    private const string Fetch = "fetch";
    private const string Model = "${ZAKENAK_MODEL:-" + GuideModel.Name + "}";
    private const string Version = "${ZAKENAK_MODEL_VERSION:-" + GuideModel.Version + "}";
    private const string ModelFolder = PodPaths.Models + "/" + Model + "/" + Version;

    /// <summary>Who has a key: every service but the authority, and the two that come from outside.</summary>
    public static IEnumerable<string> Enrolled =>
        [.. ServiceShape.All.Select(shape => shape.Name).Where(name => name != ServiceNames.CertAuthority), ServiceNames.Operator, ServiceNames.Prometheus];

    public static string Of(IReadOnlyList<ComposeService> services, int guideSizeMiB)
    {
        var server = services.Single(service => service.Shape.Name == ServiceNames.ModelServer);
        var all = new JsonObject();
        foreach (var service in services)
            all[service.Shape.Name] = Service(service, guideSizeMiB);

        all[Fetch] = FetchOf(server, guideSizeMiB);
        all[ServiceNames.Operator] = OperatorOf();
        return """
            # The small form, for a lab of one machine; docs/deploy.md says how to begin. `sh prepare.sh` makes what is mounted here.
            # Every variable has a default: pin the images in .env, each by its digest, e.g. ZAKENAK_GATEWAY_IMAGE=zakenak/gateway@sha256:...
            name: zakenak

            """
            + Section("services", all)
            + "# The services have no way out; the gateway's port is open on this machine alone.\n"
            + Section("networks", new JsonObject { ["edge"] = new JsonObject(), ["inside"] = new JsonObject { ["internal"] = true } })
            + Section("configs", new JsonObject(services.Select(service => File(service.Shape.Name, $"./config/{service.Shape.Name}.json"))))
            + "# By its key a service enrolls as itself, and as nobody else.\n"
            + Section("secrets", new JsonObject(Enrolled.Select(name => File(name, $"./secrets/{name}"))));
    }

    private static JsonObject Service(ComposeService service, int guideSizeMiB)
    {
        var name = service.Shape.Name;
        var run = Walls(name, service.Shape, guideSizeMiB);
        run["restart"] = "unless-stopped";
        run["stop_grace_period"] = service.GracePeriod;
        run["healthcheck"] = new JsonObject
        {
            ["test"] = new JsonArray("CMD", "dotnet", $"/app/{AssemblyOf(name)}.dll", "--healthy"),
            ["interval"] = "10s",
            ["timeout"] = "6s",
            ["retries"] = 3,
            ["start_period"] = "120s",
            ["start_interval"] = "1s",
        };
        run["depends_on"] = name switch
        {
            ServiceNames.CertAuthority => new JsonObject(),
            ServiceNames.ModelServer => After(ServiceNames.CertAuthority, ServiceNames.FeatureProxy, Fetch),
            ServiceNames.Gateway => After(ServiceNames.CertAuthority, ServiceNames.ModelServer),
            _ => After(ServiceNames.CertAuthority),
        };
        run["networks"] = new JsonObject { ["inside"] = new JsonObject { ["aliases"] = new JsonArray(name + "-service") } };
        if (name == ServiceNames.Gateway)
        {
            run["networks"]!["edge"] = new JsonObject();
            run["ports"] = new JsonArray($"127.0.0.1:${{ZAKENAK_PORT:-{SuiteExtensions.TrafficPort}}}:{SuiteExtensions.TrafficPort}");
        }

        AddFiles(run, service);
        return run;
    }

    // What an init container is to a pod.
    private static JsonObject FetchOf(ComposeService server, int guideSizeMiB)
    {
        var run = Walls(ServiceNames.ModelServer, server.Shape, guideSizeMiB);
        run["command"] = new JsonArray("fetch", "--model", $"{Model}:{Version}", "--dest", ModelFolder);
        run["depends_on"] = After(ServiceNames.CertAuthority, ServiceNames.ModelRegistry);
        run["networks"] = new JsonObject { ["inside"] = new JsonObject() };
        AddFiles(run, server, writable: "state/models");
        return run;
    }

    // A person with the command line, for as long as a command runs.
    private static JsonObject OperatorOf()
    {
        var run = Walls("cli", ServiceShape.Of(ServiceNames.ModelRegistry), 0);
        run["profiles"] = new JsonArray(ServiceNames.Operator);
        run["working_dir"] = "/work";
        run["networks"] = new JsonObject { ["inside"] = new JsonObject() };
        run["secrets"] = new JsonArray(Mounted(ServiceNames.Operator, PodPaths.Identity + "/key"));
        run["volumes"] = new JsonArray(Bind(ServiceNames.Operator, "/work", isReadOnly: false), Bind("state/trust", PodPaths.Trust, isReadOnly: true));
        return run;
    }

    // What keeps a container in, and how much it may take.
    private static JsonObject Walls(string image, ServiceShape shape, int guideSizeMiB)
    {
        var isModel = image == ServiceNames.ModelServer;
        var memory = isModel ? (2 * guideSizeMiB) + shape.Development.MemoryMiB : 2 * shape.Development.MemoryMiB;
        var environment = new JsonObject(Configuration.Runtime.Select(variable => KeyValuePair.Create(variable.Name, (JsonNode?)variable.Value)));
        if (isModel)
            (environment["Model__Name"], environment["Model__Version"], environment["Model__Directory"]) = (Model, Version, ModelFolder);

        return new JsonObject
        {
            ["image"] = $"${{ZAKENAK_{image.ToUpperInvariant().Replace('-', '_')}_IMAGE:-zakenak/{image}:0.1.0}}",
            ["user"] = "${ZAKENAK_USER:?run prepare.sh first}",
            ["read_only"] = true,
            ["cap_drop"] = new JsonArray("ALL"),
            ["security_opt"] = new JsonArray("no-new-privileges:true"),
            ["tmpfs"] = new JsonArray(PodPaths.Scratch + ":size=64m,mode=1777,noexec,nosuid,nodev"),
            ["environment"] = environment,
            ["deploy"] = new JsonObject
            {
                ["resources"] = new JsonObject
                {
                    ["limits"] = new JsonObject
                    {
                        ["cpus"] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{shape.Development.CpuMilli * 4 / 1000m:0.###}"),
                        ["memory"] = isModel ? $"${{ZAKENAK_MODEL_MEMORY:-{memory}m}}" : $"{memory}m",
                        ["pids"] = 512,
                    },
                },
            },
            ["logging"] = new JsonObject { ["driver"] = "json-file", ["options"] = new JsonObject { ["max-size"] = "10m", ["max-file"] = "3" } },
        };
    }

    private static void AddFiles(JsonObject run, ComposeService service, string? writable = null)
    {
        var name = service.Shape.Name;
        run["configs"] = new JsonArray(Mounted(name, $"{PodPaths.Settings}/{Configuration.File}"));
        run["secrets"] = new JsonArray(name == ServiceNames.CertAuthority
            ? [.. Enrolled.Select(other => Mounted(other, $"{PodPaths.Identity}/{other}"))]
            : [Mounted(name, PodPaths.Identity + "/key")]);
        run["volumes"] = new JsonArray([.. service.Folders().Select(folder => Bind(folder.Host, folder.Path, folder.IsReadOnly && folder.Host != writable))]);
    }

    private static JsonObject After(params string[] services) => new(services.Select(name => KeyValuePair.Create(
        name, (JsonNode?)new JsonObject { ["condition"] = name == Fetch ? "service_completed_successfully" : "service_healthy" })));

    private static KeyValuePair<string, JsonNode?> File(string name, string path) => new(name, new JsonObject { ["file"] = path });

    private static JsonObject Mounted(string source, string target) => new() { ["source"] = source, ["target"] = target };

    // A folder that is missing is said to be, and not made for root.
    private static JsonObject Bind(string host, string path, bool isReadOnly) => new()
    {
        ["type"] = "bind",
        ["source"] = "./" + host,
        ["target"] = path,
        ["read_only"] = isReadOnly,
        ["bind"] = new JsonObject { ["create_host_path"] = false },
    };

    private static string AssemblyOf(string service) => string.Concat(service.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private static string Section(string name, JsonObject content) => "\n" + TemplateYaml.Write(new YamlMappingNode(new YamlScalarNode(name), TemplateYaml.Of(content)));
}
