using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What the manifests say of a service is what the service says of itself (<c>--describe</c>): nothing is written twice.</summary>
public class ContractTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    // The authority's and the model server's keys that a pod's own paths depend on, and what the runtime itself reads.
    private static readonly string[] s_notSettings = ["DOTNET_EnableDiagnostics"];

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
        var settings = objects.Single(item => item.Name() == $"{service}-config")["data"]!.AsObject().ToDictionary(item => item.Key, item => (string)item.Value!);
        foreach (var variable in container["env"].Items())
            settings[(string)variable["name"]!] = (string?)variable["value"] ?? "zakenak";

        var described = Describe(project, settings);
        var ports = described["ports"].Items().ToDictionary(port => (string)port["name"]! == "management" ? "management" : "https", port => (int)port["port"]!);
        Assert.Equal(ports.OrderBy(port => port.Key), container["ports"].Items().ToDictionary(port => (string)port["name"]!, port => (int)port["containerPort"]!).OrderBy(port => port.Key));

        var probes = described["probes"]!;
        Assert.Equal("management", (string)probes["port"]!);
        Assert.Equal((string)probes["live"]!, (string)container["livenessProbe"]!["httpGet"]!["path"]!);
        Assert.Equal((string)probes["live"]!, (string)container["startupProbe"]!["httpGet"]!["path"]!);
        Assert.Equal((string)probes["ready"]!, (string)container["readinessProbe"]!["httpGet"]!["path"]!);

        var known = described["settings"].Items().ToArray();
        var set = settings.Keys.Except(s_notSettings).Select(name => name.Replace("__", ":", StringComparison.Ordinal)).ToArray();
        Assert.All(set, key => Assert.Contains(known, setting => Names(setting, key)));
        Assert.All(known.Where(setting => (bool)setting["isRequired"]! && setting["default"] is null), setting => Assert.Contains(set, key => Names(setting, key)));
        Assert.DoesNotContain(described["secrets"]!.AsArray(), secret => set.Contains((string)secret!));
        AssertMounted(pod, known, settings);
    }

    // Every path is in a volume, and in one that may be written exactly where the service writes; a model is written by the init container alone.
    private static void AssertMounted(JsonObject pod, JsonObject[] known, Dictionary<string, string> settings)
    {
        foreach (var (name, path) in settings)
        {
            var setting = known.FirstOrDefault(item => Names(item, name.Replace("__", ":", StringComparison.Ordinal)));
            if (setting?["mount"] is not { } kind)
                continue;

            var isWritten = ((string)kind!).StartsWith("writable", StringComparison.Ordinal);
            var container = pod[name == "Model__Directory" ? "initContainers" : "containers"]![0]!;
            var mounts = container["volumeMounts"].Items().ToDictionary(mount => (string)mount["mountPath"]!, mount => (bool)mount["readOnly"]!);
            var mount = mounts.Keys.Where(folder => path.StartsWith(folder + "/", StringComparison.Ordinal)).MaxBy(folder => folder.Length);
            Assert.True(mount is not null, $"{name}={path} is in no volume");

            // The authority's own roots lie with its keys.
            if (name != "Identity__TrustAnchorsFile" || mount != "/var/lib/zakenak")
                Assert.Equal((name, !isWritten), (name, mounts[mount!]));
        }
    }

    // ":0" is any element of a list, ":*" any name in a map.
    private static bool Names(JsonObject setting, string key) =>
        Regex.IsMatch(key, "^" + Regex.Escape((string)setting["key"]!).Replace(@":\*", ":[^:]+", StringComparison.Ordinal).Replace(":0", ":[0-9]+", StringComparison.Ordinal) + "$", RegexOptions.IgnoreCase);

    private static JsonNode Describe(string project, Dictionary<string, string> settings)
    {
        var assembly = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), $"{project}.dll"));
        using var process = Process.Start(new ProcessStartInfo("dotnet", [assembly, "--describe", .. settings.Select(item => $"--{item.Key.Replace("__", ":", StringComparison.Ordinal)}={item.Value}")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
        return JsonNode.Parse(output)!;
    }
}
