using System.Diagnostics;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.AppHost.Kubernetes.Helm;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>The suite, published once into a folder of its own by the same steps as the command.</summary>
public sealed class PublishedSuite : IAsyncLifetime
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("zakenak-manifests-").FullName;

    /// <summary>The folder of the repository.</summary>
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Projects.AppHost.ProjectPath, ".."));

    /// <summary>How long publishing took, from the first line of AppHost on.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>The application model that was published.</summary>
    public IReadOnlyList<ProjectResource> Services { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        var clock = Stopwatch.StartNew();
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--operation", "publish", "--step", "publish", "--output-path", Folder]);
        Services = [.. builder.Resources.OfType<ProjectResource>()];
        await using var app = await builder.BuildAsync();
        await app.StartAsync();
        Took = clock.Elapsed;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Files below a folder of the output, by path.</summary>
    public SortedDictionary<string, string> Files(string folder = "")
    {
        var root = Path.Combine(Folder, folder);
        return new(
            Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(root, file).Replace('\\', '/'), File.ReadAllText),
            StringComparer.Ordinal);
    }

    /// <summary>The default values of the chart.</summary>
    public JsonObject Values() => (JsonObject)Documents.ToJson(TemplateYaml.Node(File.ReadAllText(Path.Combine(Folder, "chart/values.yaml"))))!;

    /// <summary>The objects of the chart, with values set over the defaults.</summary>
    public IReadOnlyList<JsonObject> Chart(string over = "{}")
    {
        var files = Files("chart");
        var rendered = HelmChart.Render(
            files, TemplateYaml.Parse(files["Chart.yaml"]), HelmChart.Merge(Values(), (JsonObject)JsonNode.Parse(over)!), ("zakenak", "zakenak", "Helm"));
        return [.. rendered.Where(file => file.Key.EndsWith(".yaml", StringComparison.Ordinal)).SelectMany(file => Documents.Parse(file.Value))];
    }

    /// <summary>Every option that there is.</summary>
    public const string AllOptions = """
        {
          "namespace": { "create": true },
          "images": { "pullSecrets": [{ "name": "pull" }] },
          "gateway": { "imageDigest": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "settings": { "Limits": { "RequestsPerMinute": 60 } }, "autoscaling": { "by": "hpa" }, "storage": { "className": "fast" },
            "clients": {
              "identityProviders": [
                { "name": "corp", "issuer": "https://login.example.com/realms/corp", "audiences": ["zakenak"], "jwksUrl": "https://login.example.com/certs", "jwksCaFile": "/run/zakenak/client-trust/corp.pem", "tenantClaim": "org", "tenants": ["acme"], "scopePrefix": "zakenak:", "models": ["guide"] },
                { "name": "lab", "issuer": "lab", "audiences": ["zakenak"], "jwksFile": "/run/zakenak/client-trust/lab.json", "tenant": "lab", "scopes": ["chat"], "models": ["*"], "algorithms": ["ES256"] }
              ],
              "trustDomains": [{ "name": "corp.example", "bundleFile": "/run/zakenak/client-trust/bundle.pem" }, { "name": "zakenak.local" }],
              "workloads": [{ "id": "spiffe://corp.example/ns/jobs/sa/nightly", "tenant": "jobs", "scopes": ["chat"], "models": ["guide"] }],
              "trustConfigMap": "client-trust"
            },
            "admin": { "writers": ["spiffe://zakenak.local/ns/zakenak/sa/operator"], "readers": ["spiffe://zakenak.local/ns/zakenak/sa/auditor"] }
          },
          "featureProxy": { "autoscaling": { "by": "keda" } },
          "certAuthority": { "storage": { "className": "fast" }, "additionalRootsConfigMap": "next-root" },
          "modelServer": {
            "autoscaling": { "by": "keda" },
            "versions": [
              { "name": "guide", "version": "v1", "digest": "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "replicas": 2, "sizeMiB": 6 },
              { "name": "guide", "version": "v2", "replicas": 1, "sizeMiB": 4000 }
            ],
            "cache": { "enabled": true, "className": "fast", "accessMode": "ReadWriteMany" },
            "accelerator": { "enabled": true, "resource": "nvidia.com/mig-1g.10gb", "count": 2, "runtimeClass": "nvidia" },
            "nodeSelector": { "nvidia.com/gpu.present": "true" },
            "tolerations": [{ "key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule" }]
          },
          "edge": {
            "serviceType": "LoadBalancer", "serviceAnnotations": { "example.com/internal": "true" }, "certificateSecret": "edge", "trustedProxies": ["10.42.0.0/16"],
            "ingress": { "enabled": true, "annotations": { "example.com/a": "b" } }, "route": { "enabled": true }
          },
          "network": { "dnsCidrs": ["169.254.20.10/32"], "otlpNamespace": "telemetry", "databaseNamespace": "databases", "vaultNamespace": "vaults", "apiServerCidrs": ["10.96.0.1/32", "2001:db8::1/128"],
            "identityProvider": { "cidrs": ["198.51.100.7/32"], "port": 8443 }, "admin": { "namespace": "operations", "podLabels": { "app": "pipeline" } }
          },
          "observability": {
            "labels": { "release": "kube-prometheus-stack" }, "serviceMonitor": { "enabled": true }, "rules": { "enabled": true }, "dashboards": { "enabled": true }
          },
          "admission": { "validatingAdmissionPolicy": true, "kyverno": { "enabled": true, "publicKeys": "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n" } }
        }
        """;
}
