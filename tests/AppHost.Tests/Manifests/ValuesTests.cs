using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What whoever installs may set.</summary>
public class ValuesTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    private JsonSchema Schema => JsonSchema.Load(Path.Combine(suite.Folder, "chart/values.schema.json"));

    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(Schema.Evaluate(suite.Values()));

    [Fact]
    public void All_options_are_valid() => Assert.Empty(Schema.Evaluate(JsonNode.Parse(PublishedSuite.AllOptions)));

    [Theory]
    [InlineData("""{ "gatway": {} }""", "$.gatway")]
    [InlineData("""{ "gateway": { "replicas": "two" } }""", "$.gateway.replicas")]
    [InlineData("""{ "gateway": { "replicas": -1 } }""", "$.gateway.replicas")]
    [InlineData("""{ "gateway": { "imageDigest": "latest" } }""", "$.gateway.imageDigest")]
    [InlineData("""{ "secrets": { "source": "env" } }""", "$.secrets.source")]
    [InlineData("""{ "modelServer": { "versions": [{ "name": "Guide", "version": "v1", "replicas": 1, "sizeMiB": 1 }] } }""", "$.modelServer.versions[0].name")]
    [InlineData("""{ "modelServer": { "versions": [{ "name": "guide", "version": "v1", "replicas": 1 }] } }""", "$.modelServer.versions[0] lacks sizeMiB")]
    [InlineData("""{ "modelRegistry": { "storage": { "size": "much" } } }""", "$.modelRegistry.storage.size")]
    [InlineData("""{ "edge": { "host": "not a host" } }""", "$.edge.host")]
    [InlineData("""{ "network": { "otlpPort": 70000 } }""", "$.network.otlpPort")]
    [InlineData("""{ "gateway": { "settings": { "Limits__RequestsPerMinute": 60 } } }""", "$.gateway.settings")]
    public void A_wrong_value_is_refused_with_its_key(string values, string key) =>
        Assert.StartsWith(key, Assert.Single(Schema.Evaluate(JsonNode.Parse(values))), StringComparison.Ordinal);

    [Fact]
    public void Every_knob_refuses_what_is_not_of_its_kind_and_names_itself()
    {
        var knobs = Knobs((JsonObject)JsonNode.Parse(suite.Files("chart")["values.schema.json"])!, "$").ToArray();
        Assert.True(knobs.Length > 100, $"{knobs.Length}");
        Assert.All(knobs, knob =>
        {
            JsonNode wrong = (string?)knob.Schema["type"] == "string" ? 7 : "of another kind";
            foreach (var name in knob.Path.Split('.').Skip(1).Reverse())
                wrong = new JsonObject { [name] = wrong };
            Assert.StartsWith(knob.Path, Assert.Single(Schema.Evaluate(wrong)), StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("""{ "quota": { "requestsCpu": "lots" } }""", "$.quota.requestsCpu")]
    [InlineData("""{ "gateway": { "admin": { "writers": ["operator"] } } }""", "$.gateway.admin.writers[0]")]
    [InlineData("""{ "gateway": { "clients": { "identityProviders": [{ "name": "corp", "issuer": "i", "audiences": ["z"], "jwksUrl": "http://login.example.com/", "tenant": "acme" }] } } }""", "$.gateway.clients.identityProviders[0].jwksUrl")]
    [InlineData("""{ "gateway": { "clients": { "identityProviders": [{ "name": "corp", "issuer": "i", "audiences": ["z"], "jwksFile": "/etc/passwd", "tenant": "acme" }] } } }""", "$.gateway.clients.identityProviders[0].jwksFile")]
    [InlineData("""{ "gateway": { "clients": { "identityProviders": [{ "name": "corp", "issuer": "i", "audiences": ["z"], "tenant": "acme" }] } } }""", "$.gateway.clients.identityProviders[0] is not exactly one")]
    [InlineData("""{ "gateway": { "clients": { "identityProviders": [{ "name": "corp", "issuer": "i", "audiences": ["z"], "jwksUrl": "https://a/", "tenant": "acme", "tenantClaim": "org", "tenants": ["b"] }] } } }""", "$.gateway.clients.identityProviders[0] is not exactly one")]
    [InlineData("""{ "gateway": { "clients": { "identityProviders": [{ "name": "corp", "issuer": "i", "audiences": [], "jwksUrl": "https://a/", "tenant": "acme" }] } } }""", "$.gateway.clients.identityProviders[0].audiences")]
    [InlineData("""{ "gateway": { "clients": { "workloads": [{ "id": "nightly", "tenant": "jobs", "scopes": ["chat"], "models": ["guide"] }] } } }""", "$.gateway.clients.workloads[0].id")]
    [InlineData("""{ "network": { "identityProvider": { "cidrs": ["login.example.com"] } } }""", "$.network.identityProvider.cidrs[0]")]
    [InlineData("""{ "network": { "admin": { "namespace": "*" } } }""", "$.network.admin.namespace")]
    [InlineData("""{ "gateway": { "storage": { "persistent": "yes" } } }""", "$.gateway.storage.persistent")]
    [InlineData("""{ "network": { "apiServerCidrs": [] } }""", "$.network.apiServerCidrs")]
    [InlineData("""{ "network": { "apiServerCidrs": ["everywhere"] } }""", "$.network.apiServerCidrs[0]")]
    [InlineData("""{ "network": { "otlpNamespace": "Not A Namespace" } }""", "$.network.otlpNamespace")]
    [InlineData("""{ "images": { "repository": "https://registry" } }""", "$.images.repository")]
    [InlineData("""{ "images": { "pullPolicy": "Sometimes" } }""", "$.images.pullPolicy")]
    [InlineData("""{ "modelServer": { "versions": [{ "name": "guide", "version": "1", "replicas": 1, "sizeMiB": 1 }] } }""", "$.modelServer.versions[0].version")]
    [InlineData("""{ "modelServer": { "versions": [{ "name": "guide", "version": "v1", "replicas": 1, "sizeMiB": 0 }] } }""", "$.modelServer.versions[0].sizeMiB")]
    [InlineData("""{ "modelServer": { "accelerator": { "resource": "gpu" } } }""", "$.modelServer.accelerator.resource")]
    [InlineData("""{ "modelServer": { "cache": { "accessMode": "ReadOnlyMany" } } }""", "$.modelServer.cache.accessMode")]
    [InlineData("""{ "gateway": { "autoscaling": { "by": "hand" } } }""", "$.gateway.autoscaling.by")]
    [InlineData("""{ "edge": { "serviceType": "ExternalName" } }""", "$.edge.serviceType")]
    [InlineData("""{ "edge": { "trustedProxies": ["ingress-nginx"] } }""", "$.edge.trustedProxies[0]")]
    [InlineData("""{ "admission": { "action": "Warn" } }""", "$.admission.action")]
    [InlineData("""{ "secrets": { "vaultKeys": { "gateway": ["ConnectionStrings:zakenak"] } } }""", "$.secrets.vaultKeys.gateway[0]")]
    [InlineData("""{ "trust": { "policyConfigMap": "" } }""", "$.trust.policyConfigMap")]
    public void A_value_that_has_no_meaning_is_refused_with_its_key(string values, string key) =>
        Assert.StartsWith(key, Assert.Single(Schema.Evaluate(JsonNode.Parse(values))), StringComparison.Ordinal);

    [Fact]
    public void Every_knob_has_a_sentence_and_is_used()
    {
        var lines = suite.Files("chart")["values.yaml"].Split('\n');
        var templates = string.Concat(suite.Files("chart/templates").Values);
        for (var i = 0; i < lines.Length; i++)
        {
            // A knob, at whatever depth: the line before it is its comment, or it is part of a default that is a tree.
            if (Regex.Match(lines[i], "^( *)[a-zA-Z]+: .+$") is { Success: true } knob && !InsideTree(lines, i, knob.Groups[1].Length))
                Assert.True(lines[i - 1].TrimStart().StartsWith('#'), lines[i]);
        }

        foreach (var path in Paths(suite.Values(), ""))
            Assert.True(Regex.IsMatch(templates, $@"\.Values\.{Regex.Escape(path)}\b"), $"{path} is in no template");
    }

    [Fact]
    public void Nothing_that_needs_a_custom_resource_is_on_by_default()
    {
        string[] builtIn = ["v1", "apps/v1", "networking.k8s.io/v1", "policy/v1", "rbac.authorization.k8s.io/v1", "scheduling.k8s.io/v1", "autoscaling/v2"];
        Assert.All(suite.Chart(), item => Assert.Contains((string)item["apiVersion"]!, builtIn));
    }

    private static IEnumerable<(string Path, JsonObject Schema)> Knobs(JsonObject schema, string path) => schema["properties"]!.AsObject().SelectMany(item =>
        item.Value!["properties"] is not null && item.Value["default"] is null && item.Key != "features"
            ? Knobs(item.Value.AsObject(), $"{path}.{item.Key}")
            : [($"{path}.{item.Key}", item.Value.AsObject())]);

    private static bool InsideTree(string[] lines, int at, int indent)
    {
        for (var i = at - 1; i >= 0 && lines[i].Length > 0; i--)
        {
            var depth = lines[i].Length - lines[i].TrimStart().Length;
            if (depth < indent && !lines[i].TrimStart().StartsWith('#'))
                return lines[i].TrimStart().StartsWith('-') || lines[i].EndsWith("features:", StringComparison.Ordinal);
        }

        return false;
    }

    private static IEnumerable<string> Paths(JsonObject values, string path) => values.SelectMany(item =>
        item.Value is JsonObject { Count: > 0 } inner && item.Key != "features" ? Paths(inner, $"{path}{item.Key}.") : [path + item.Key]);
}
