using System.Globalization;
using System.Text;
using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>What people read: the notes after an installation, and the chart's own document.</summary>
internal static class ChartTexts
{
    public static void AddTo(ChartFiles chart)
    {
        chart.Chart.Set("kubeVersion", TemplateYaml.Text(">= 1.30.0-0"));
        chart.Chart.Set("keywords", TemplateYaml.Node("[\"llm\", \"inference\", \"gguf\", \"spiffe\", \"supply-chain\"]"));
        chart.AddTemplate("NOTES.txt", """
            Zakenak {{ .Chart.AppVersion }} is installed as {{ .Release.Name }} in namespace {{ .Release.Namespace }}.
            {{- if not .Values.namespace.create }}

            1. Let the namespace enforce what these pods keep to:

                 kubectl label namespace {{ .Release.Namespace }} pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/audit=restricted pod-security.kubernetes.io/warn=restricted
            {{- end }}

            2. Say whose word counts for models. Pods wait until both are there:

                 kubectl -n {{ .Release.Namespace }} create configmap {{ .Values.trust.policyConfigMap }} --from-file=policy.json --from-file=policy.json.sig
                 kubectl -n {{ .Release.Namespace }} create configmap {{ .Values.trust.policyRootConfigMap }} --from-file=policy-root.pem

            3. Let clients in (keys.json holds hashed keys):

                 kubectl -n {{ .Release.Namespace }} create secret generic {{ .Values.gateway.apiKeysSecret }} --from-file=keys.json

            4. Push and promote the versions that are served:
            {{- range .Values.modelServer.versions }}

                 zakenak model push FOLDER --promote Approved     # {{ .name }}:{{ .version }}
            {{- end }}
            {{- if and .Values.observability.serviceMonitor.enabled .Values.observability.serviceMonitor.renewal.enabled }}

            5. Give the job that keeps Prometheus known a place to write to:

                 kubectl -n {{ .Release.Namespace }} create secret generic {{ .Values.observability.serviceMonitor.clientSecret }}
            {{- end }}

            Then watch: kubectl -n {{ .Release.Namespace }} get pods -w
            """);
    }

    /// <summary><c>README.md</c> with a table of all knobs.</summary>
    public static string Readme(ChartValues values)
    {
        var text = new StringBuilder("""
            # Zakenak

            Serves language models where trust must be proved: only versions whose signature, digests and approval verify are loaded, every hop is mutually
            authenticated, and every pod keeps to the `restricted` Pod Security Standard behind deny-by-default network policies.

            ```sh
            kubectl create namespace zakenak
            helm install zakenak . --namespace zakenak
            ```

            What the notes ask for next, how to upgrade, and what each object is for is in `docs/deploy.md` of the repository. No custom resource is needed
            unless an option says so. Secrets are not part of the chart: each service reads files from the Secret `SERVICE-secrets`, from Vault or from a CSI driver.

            Templates use this part of Helm's language only: `if`, `else`, `with`, `range`, pipelines, and the functions

            """);
        text.Append(string.Join(", ", Helm.HelmFunctions.Names.Order(StringComparer.Ordinal).Select(name => $"`{name}`"))).Append(".\n\n## Values\n\n| Value | Default | |\n|---|---|---|\n");
        foreach (var (path, value, sentence) in values.Knobs())
            text.Append(CultureInfo.InvariantCulture, $"| `{path}` | `{value}` | {sentence} |\n");

        return text.ToString();
    }
}
