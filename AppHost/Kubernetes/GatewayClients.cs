using Aspire.Hosting.Kubernetes;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Who besides the holders of API keys may ask the gateway, by value: clients of identity providers, and workloads by their certificates. Nobody unless named.</summary>
internal static class GatewayClients
{
    private const string Providers = "gateway.clients.identityProviders";
    private const string TrustDomains = "gateway.clients.trustDomains";
    private const string Workloads = "gateway.clients.workloads";

    private const string Texts = """{ "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } }""";
    private const string Scopes = """{ "type": "array", "minItems": 1, "items": { "enum": ["chat", "embeddings", "models", "tokenize"] } }""";
    private const string Tenant = """{ "type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$" }""";
    private const string File = """{ "type": "string", "pattern": "^""" + PodPaths.ClientTrust + """/[A-Za-z0-9._-]+$" }""";

    public static void Apply(KubernetesResource gateway)
    {
        var settings = gateway.ConfigMap!.Data;
        settings["Jwt__Issuers"] = Configuration.Json(Providers);
        settings["WorkloadClients__TrustDomains"] = Configuration.Json(TrustDomains);
        settings["WorkloadClients__Clients"] = Configuration.Json(Workloads);
    }

    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("gateway.clients", "Who may ask besides the holders of API keys; what each word means is in docs/gateway.md of the repository.");
        values.Add(Providers, "[]", "Issuers of JWTs: name, issuer, audiences; jwksUrl or jwksFile; tenant, or tenantClaim and tenants; and what its tokens may do. Open the way to jwksUrl in network.identityProvider.", ProviderSchema);
        values.Add(TrustDomains, "[]", "Trust domains whose workloads may show client certificates: name and bundleFile, which only the suite's own needs not.",
            $$"""{ "type": "array", "items": { "type": "object", "additionalProperties": false, "required": ["name"], "properties": { "name": { "type": "string", "pattern": "^[a-z0-9._-]+$" }, "bundleFile": {{File}} } } }""");
        values.Add(Workloads, "[]", "Those workloads: id (its SPIFFE id), tenant, scopes, models.",
            $$"""{ "type": "array", "items": { "type": "object", "additionalProperties": false, "required": ["id", "tenant", "scopes", "models"], "properties": { "id": {{Administration.SpiffeId}}, "tenant": {{Tenant}}, "scopes": {{Scopes}}, "models": {{Texts}} } } }""");
        values.Add("gateway.clients.trustConfigMap", "\"\"", $"ConfigMap whose files are in {PodPaths.ClientTrust}, for the JWKS and the roots that the above name; empty: none.", Provided.NameOrNone);

        const string Given = "with .Values.gateway.clients.trustConfigMap";
        var pod = chart.Template(ServiceValues.WorkloadOf(ServiceShape.Of(ServiceNames.Gateway))).Pod();
        ((YamlSequenceNode)pod["volumes"]).Add(YamlTreeExtensions.ItemsWhen(Given, TemplateYaml.Node($$$"""
            name: "client-trust"
            configMap:
              name: "{{ . }}"
              defaultMode: {{{Volumes.OwnerReads}}}
            """)));
        ((YamlSequenceNode)((YamlSequenceNode)pod["containers"])[0]["volumeMounts"]).Add(YamlTreeExtensions.ItemsWhen(Given, TemplateYaml.Node($"""
            name: "client-trust"
            mountPath: "{PodPaths.ClientTrust}"
            readOnly: true
            """)));
    }

    // Keys by address or from a file, and a tenant or a claim that names it: exactly one of each.
    private const string ProviderSchema = $$"""
        {
          "type": "array",
          "items": {
            "type": "object", "additionalProperties": false, "required": ["name", "issuer", "audiences"],
            "oneOf": [
              { "required": ["jwksUrl", "tenant"] }, { "required": ["jwksUrl", "tenantClaim", "tenants"] },
              { "required": ["jwksFile", "tenant"] }, { "required": ["jwksFile", "tenantClaim", "tenants"] }
            ],
            "properties": {
              "name": {{Tenant}},
              "issuer": { "type": "string", "minLength": 1 },
              "audiences": {{Texts}},
              "jwksUrl": { "type": "string", "pattern": "^https://[^ ]+$" },
              "jwksCaFile": {{File}},
              "jwksFile": {{File}},
              "algorithms": { "type": "array", "minItems": 1, "items": { "enum": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"] } },
              "tokenTypes": {{Texts}},
              "tenant": {{Tenant}},
              "tenantClaim": { "type": "string", "minLength": 1 },
              "tenants": { "type": "array", "minItems": 1, "items": { "type": "string", "pattern": "^([*]|[a-z0-9][a-z0-9-]{0,62})$" } },
              "scopeClaim": { "type": "string", "minLength": 1 },
              "scopePrefix": { "type": "string" },
              "scopes": {{Scopes}},
              "modelsClaim": { "type": "string", "minLength": 1 },
              "models": {{Texts}}
            }
          }
        }
        """;
}
