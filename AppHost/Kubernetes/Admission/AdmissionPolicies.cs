using System.Text;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes.Admission;

/// <summary>
/// What the cluster itself refuses to run in the namespace, whoever applies it: as ValidatingAdmissionPolicy, which the API server has, and as
/// Kyverno's policies, which can check an image's signature too. Both are cluster-scoped and off by default.
/// </summary>
internal static class AdmissionPolicies
{
    private static readonly AdmissionRule[] _rules =
    [
        AdmissionRules.RestrictedPods,
        AdmissionRules.ReadOnlyPods,
        AdmissionRules.ImagesByDigest,
        AdmissionRules.VerifiedModels(account: ServiceNames.ModelServer, container: ServiceNames.ModelServer, verifier: "fetch", volume: "models"),
    ];

    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("admission", "What the cluster refuses to run in the namespace. Cluster-scoped: installing them takes those rights.");
        values.Add("admission.action", "\"Deny\"", "Deny refuses; Audit lets pass and reports, to find out first what would be refused.", """{"enum":["Deny","Audit"]}""");
        values.Add("admission.validatingAdmissionPolicy", "false", "The API server's own policies (Kubernetes 1.30 and later).", """{"type":"boolean"}""");
        values.Describe("admission.kyverno", "Kyverno's policies (1.13 and later), where it is installed.");
        values.Add("admission.kyverno.enabled", "false", "The same rules, and that images are signed.", """{"type":"boolean"}""");
        values.Add("admission.kyverno.publicKeys", "\"\"", "Whose signature an image must have: public keys, PEM, one after the other.", """{"type":"string"}""");
        values.Add("admission.kyverno.images", """["*"]""", "Which images must be signed.", """{"type":"array","minItems":1,"items":{"type":"string"}}""");
        values.Add("admission.kyverno.transparencyLog", "false", "Whether a signature must be in Rekor too, which an air-gapped cluster cannot ask.", """{"type":"boolean"}""");

        chart.AddTemplate("admission/validating-admission-policies.yaml", "{{- if .Values.admission.validatingAdmissionPolicy }}\n" + string.Concat(_rules.Select(ValidatingPolicy)) + "{{- end }}\n");
        chart.AddTemplate("admission/kyverno-policies.yaml", "{{- if .Values.admission.kyverno.enabled }}\n" + string.Concat(_rules.Select(KyvernoPolicy)) + SignedImages + "{{- end }}\n");
    }

    private static string ValidatingPolicy(AdmissionRule rule) => $$$"""
        ---
        apiVersion: "admissionregistration.k8s.io/v1"
        kind: "ValidatingAdmissionPolicy"
        {{{Metadata(rule.Name)}}}
        spec:
          failurePolicy: "Fail"
          matchConstraints:
            namespaceSelector:
              matchLabels:
                kubernetes.io/metadata.name: "{{ .Release.Namespace }}"
            resourceRules:
              - apiGroups: [""]
                apiVersions: ["v1"]
                operations: ["CREATE", "UPDATE"]
                resources: ["pods", "pods/ephemeralcontainers"]
          matchConditions:
        {{{Conditions(rule, 4)}}}
          variables:
        {{{Variables(4)}}}
          validations:
        {{{Checks(rule, 4)}}}
        ---
        apiVersion: "admissionregistration.k8s.io/v1"
        kind: "ValidatingAdmissionPolicyBinding"
        {{{Metadata(rule.Name)}}}
        spec:
          policyName: "{{{rule.Name}}}-{{ .Release.Namespace }}"
          validationActions: ["{{ .Values.admission.action }}"]

        """;

    private static string KyvernoPolicy(AdmissionRule rule) => KyvernoHead(rule.Name) + $$$"""
              celPreconditions:
        {{{Conditions(rule, 8)}}}
              validate:
                failureAction: {{ if eq .Values.admission.action "Deny" }}"Enforce"{{ else }}"Audit"{{ end }}
                cel:
                  variables:
        {{{Variables(12)}}}
                  expressions:
        {{{Checks(rule, 12)}}}

        """;

    private static string SignedImages => KyvernoHead("zakenak-signed-images") + """
              verifyImages:
                - imageReferences: {{ toJson .Values.admission.kyverno.images }}
                  failureAction: {{ if eq .Values.admission.action "Deny" }}"Enforce"{{ else }}"Audit"{{ end }}
                  mutateDigest: false
                  verifyDigest: true
                  required: true
                  attestors:
                    - count: 1
                      entries:
                        - keys:
                            publicKeys: {{ toJson (required "admission.kyverno.publicKeys: whose signature must an image have?" .Values.admission.kyverno.publicKeys) }}
                            rekor:
                              ignoreTlog: {{ not .Values.admission.kyverno.transparencyLog }}
                            ctlog:
                              ignoreSCT: {{ not .Values.admission.kyverno.transparencyLog }}

        """;

    // Pods alone, not what makes them: who makes a pod otherwise is checked too.
    private static string KyvernoHead(string name) => $$$"""
        ---
        apiVersion: "kyverno.io/v1"
        kind: "ClusterPolicy"
        {{{Metadata(name)}}}
          annotations:
            pod-policies.kyverno.io/autogen-controllers: "none"
        spec:
          background: true
          webhookConfiguration:
            failurePolicy: "Fail"
          rules:
            - name: "{{{name}}}"
              match:
                any:
                  - resources:
                      kinds: ["Pod"]
                      namespaces: ["{{ .Release.Namespace }}"]
                      operations: ["CREATE", "UPDATE"]

        """;

    private static string Metadata(string name) => $$$"""
        metadata:
          name: "{{{name}}}-{{ .Release.Namespace }}"
          labels:
            app.kubernetes.io/name: "{{ .Chart.Name }}"
            app.kubernetes.io/instance: "{{ .Release.Name }}"
            app.kubernetes.io/part-of: zakenak
        """;

    // A pod that is going may drop its finalizers, whatever it is.
    private static string Conditions(AdmissionRule rule, int indent) =>
        Items(indent, [("name", "living", "!has(object.metadata.deletionTimestamp)"), .. rule.Applies is { } applies ? [("name", "applies", applies)] : Array.Empty<(string, string, string)>()]);

    private static string Variables(int indent) => Items(indent, [.. AdmissionRules.Variables.Select(variable => ("name", variable.Name, variable.Expression))]);

    private static string Checks(AdmissionRule rule, int indent) => Items(indent, [.. rule.Checks.Select(check => ("message", check.Message, check.Expression))]);

    private static string Items(int indent, IReadOnlyList<(string Key, string Text, string Expression)> items)
    {
        var yaml = new StringBuilder();
        foreach (var (key, text, expression) in items)
        {
            yaml.Append(' ', indent).Append(null, $"- {key}: \"{text}\"\n").Append(' ', indent).Append("  expression: >-\n")
                .Append(' ', indent).Append(null, $"    {expression}\n");
        }

        return yaml.ToString().TrimEnd('\n');
    }
}
