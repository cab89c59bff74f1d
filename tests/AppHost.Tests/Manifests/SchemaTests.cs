using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>Every object against the strict schemas of the API servers that take it, which lie beside the repository.</summary>
public class SchemaTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    // The standard channel's, of Gateway API 1.4 on, by its own definition; the folder is older.
    private static readonly JsonObject s_backendTlsPolicy = (JsonObject)JsonNode.Parse("""
        {
          "type": "object", "additionalProperties": false, "required": ["apiVersion", "kind", "metadata", "spec"],
          "properties": {
            "apiVersion": { "type": "string" }, "kind": { "type": "string" }, "metadata": { "type": "object" },
            "spec": { "type": "object", "additionalProperties": false, "required": ["targetRefs", "validation"], "properties": {
              "targetRefs": { "type": "array", "minItems": 1, "maxItems": 16, "items": { "type": "object", "additionalProperties": false, "required": ["group", "kind", "name"], "properties": {
                "group": { "type": "string" }, "kind": { "enum": ["Service"] }, "name": { "type": "string", "minLength": 1 }, "sectionName": { "type": "string", "minLength": 1 } } } },
              "validation": { "type": "object", "additionalProperties": false, "required": ["hostname"],
                "oneOf": [{ "required": ["caCertificateRefs"] }, { "required": ["wellKnownCACertificates"] }],
                "properties": {
                  "hostname": { "type": "string", "minLength": 1, "maxLength": 253, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$" },
                  "wellKnownCACertificates": { "enum": ["System"] },
                  "caCertificateRefs": { "type": "array", "minItems": 1, "maxItems": 8, "items": { "type": "object", "additionalProperties": false, "required": ["group", "kind", "name"], "properties": {
                    "group": { "enum": [""] }, "kind": { "enum": ["ConfigMap"] }, "name": { "type": "string", "minLength": 1 } } } } } }
            } }
          }
        }
        """)!;

    private static readonly string s_folder = Path.Combine(PublishedSuite.Repository, "..", "shared", "kubernetes", "schemas");

    [Fact]
    public void The_chart_with_default_values_is_valid() => AssertValid(suite.Chart());

    [Theory]
    [InlineData("secret")]
    [InlineData("csi")]
    [InlineData("vault")]
    public void The_chart_with_all_options_is_valid(string secretSource)
    {
        var options = (JsonObject)JsonNode.Parse(PublishedSuite.AllOptions)!;
        options["secrets"] = new JsonObject { ["source"] = secretSource };
        AssertValid(suite.Chart(options.ToJsonString()));
    }

    [Fact]
    public void The_chart_whose_gateways_keep_nothing_is_valid() =>
        AssertValid(suite.Chart("""{ "gateway": { "storage": { "persistent": false }, "autoscaling": { "by": "keda" } } }"""));

    [Fact]
    public void The_base_is_valid() => AssertValid(
        [.. suite.Files("kustomize/base").Where(file => !file.Key.EndsWith("kustomization.yaml", StringComparison.Ordinal)).SelectMany(file => Documents.Parse(file.Value))]);

    [Theory]
    [InlineData("development")]
    [InlineData("staging")]
    [InlineData("production")]
    public void Each_overlay_is_valid(string environment) => AssertValid(Kustomize.Build(suite, $"overlays/{environment}"));

    [Fact]
    public void An_overlay_with_every_component_is_valid()
    {
        var folder = Directory.CreateDirectory(Path.Combine(suite.Folder, "kustomize", "overlays", "with-components"));
        File.WriteAllText(Path.Combine(folder.FullName, "kustomization.yaml"), "resources: [../production]\ncomponents: [../../components/observability, ../../components/admission]\n");
        var objects = Kustomize.Build(suite, "overlays/with-components");
        AssertValid(objects);
        Assert.Superset(new HashSet<string> { "ServiceMonitor", "PrometheusRule", "ValidatingAdmissionPolicy" }, objects.Select(item => item.Kind()).ToHashSet());
    }

    [Fact]
    public void A_misspelt_key_a_wrong_type_and_a_missing_one_are_found()
    {
        var schemas = Schemas();
        var deployment = suite.Chart().First(item => item.Kind() == "Deployment");
        deployment.Pod()["restartpolicy"] = "Always";
        deployment["spec"]!["replicas"] = "2";
        ((JsonObject)deployment["spec"]!).Remove("selector");

        var faults = schemas["apps/v1 Deployment"].Evaluate(deployment);
        Assert.Equal(3, faults.Count);
    }

    private static void AssertValid(IReadOnlyList<JsonObject> objects)
    {
        var schemas = Schemas();
        Assert.NotEmpty(objects);
        Assert.Empty(objects.SelectMany(item => schemas.TryGetValue($"{item["apiVersion"]} {item["kind"]}", out var schema)
            ? schema.Evaluate(item).Select(fault => $"{Documents.NameOf(item)}: {fault}")
            : [$"{Documents.NameOf(item)}: there is no schema of this kind"]));
    }

    private static Dictionary<string, JsonSchema> Schemas()
    {
        if (!Directory.Exists(s_folder))
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") is not null, $"The schemas of Kubernetes are not in {s_folder}.");
            Assert.Skip("The schemas of Kubernetes are not beside the repository (../shared/kubernetes/schemas).");
        }

        var index = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(s_folder, "index.json")))!;
        var schemas = index.ToDictionary(item => item.Key, item => JsonSchema.Load(Path.Combine(s_folder, (string)item.Value!)));
        schemas.TryAdd("gateway.networking.k8s.io/v1 BackendTLSPolicy", new JsonSchema(s_backendTlsPolicy));
        return schemas;
    }
}
