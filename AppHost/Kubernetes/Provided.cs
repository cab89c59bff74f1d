using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>What whoever installs brings: whose word counts for models, the clients' keys, the features.</summary>
internal static class Provided
{
    /// <summary>Schema of an object's name.</summary>
    public const string Name = """{ "type": "string", "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" }""";

    /// <summary>Schema of an object's name, or of none.</summary>
    public const string NameOrNone = """{ "type": "string", "pattern": "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$" }""";

    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("trust", "Whose word counts for models; pods that need it wait until it is there.");
        values.Add("trust.policyConfigMap", "\"zakenak-policy\"", "ConfigMap with policy.json and policy.json.sig.", Name);
        values.Add("trust.policyRootConfigMap", "\"zakenak-policy-root\"", "ConfigMap with policy-root.pem, the public key that must have signed the policy; it comes from elsewhere than the policy does.", Name);
        values.Add("gateway.apiKeysSecret", "\"gateway-api-keys\"", "Secret with keys.json, the hashed API keys; without it nobody is let in.", Name);
        values.Add("featureProxy.featuresConfigMap", "\"feature-proxy-features\"", "ConfigMap with features.json, the views and rows; the default is the chart's own, from featureProxy.features.", Name);
        values.Add("featureProxy.features", """{ "views": {}, "rows": [] }""", "Views and rows of the chart's own ConfigMap.", """{ "type": "object", "required": ["views", "rows"], "additionalProperties": false, "properties": { "views": { "type": "object" }, "rows": { "type": "array" } } }""");
        chart.AddTemplate("feature-proxy/features.yaml", """
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: feature-proxy-features
              labels:
                app.kubernetes.io/name: "{{ .Chart.Name }}"
                app.kubernetes.io/component: feature-proxy
                app.kubernetes.io/instance: "{{ .Release.Name }}"
                app.kubernetes.io/part-of: zakenak
            data:
              features.json: {{ toJson .Values.featureProxy.features | quote }}
            """);
    }
}
