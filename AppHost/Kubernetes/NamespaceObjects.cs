using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>The namespace: the Pod Security Standard that it enforces, what all pods together may take, and what a container gets that says nothing.</summary>
internal static class NamespaceObjects
{
    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("namespace", "The namespace's own objects.");
        values.Add("namespace.create", "false", "Whether the chart holds the Namespace itself. Helm needs it to be there before: use this with helm template, or label the namespace yourself (NOTES.txt says how).", """{ "type": "boolean" }""");
        values.Describe("quota", "What all pods of the namespace together may ask for.");
        values.Add("quota.enabled", "true", "Whether there is a quota.", """{ "type": "boolean" }""");
        values.Add("quota.pods", "60", "Pods.", """{ "type": "integer", "minimum": 1 }""");
        values.Add("quota.requestsCpu", "\"64\"", "Requested cores.", ServiceValues.Quantity);
        values.Add("quota.requestsMemory", "\"256Gi\"", "Requested memory; models in memory count.", ServiceValues.Quantity);
        values.Add("quota.limitsCpu", "\"256\"", "Cores that may be used.", ServiceValues.Quantity);
        values.Add("quota.limitsMemory", "\"512Gi\"", "Memory that may be used.", ServiceValues.Quantity);
        values.Add("quota.claims", "20", "Volumes that are claimed.", """{ "type": "integer", "minimum": 1 }""");
        values.Describe("priority", "Who is scheduled first, and who makes room, when nodes are full.");
        values.Add("priority.value", "100000", "Value of the priority class NAMESPACE-serving.", """{ "type": "integer", "minimum": -1000000000, "maximum": 1000000000 }""");

        chart.AddTemplate("cluster/namespace.yaml", """
            {{- if .Values.namespace.create }}
            ---
            apiVersion: v1
            kind: Namespace
            metadata:
              name: "{{ .Release.Namespace }}"
              labels:
                app.kubernetes.io/name: "{{ .Chart.Name }}"
                app.kubernetes.io/instance: "{{ .Release.Name }}"
                app.kubernetes.io/part-of: zakenak
                pod-security.kubernetes.io/enforce: restricted
                pod-security.kubernetes.io/enforce-version: latest
                pod-security.kubernetes.io/audit: restricted
                pod-security.kubernetes.io/audit-version: latest
                pod-security.kubernetes.io/warn: restricted
                pod-security.kubernetes.io/warn-version: latest
            {{- end }}
            """);
        chart.AddTemplate("cluster/quota.yaml", """
            {{- if .Values.quota.enabled }}
            ---
            apiVersion: v1
            kind: ResourceQuota
            metadata:
              name: zakenak-quota
              labels:
                app.kubernetes.io/name: "{{ .Chart.Name }}"
                app.kubernetes.io/instance: "{{ .Release.Name }}"
                app.kubernetes.io/part-of: zakenak
            spec:
              hard:
                pods: "{{ .Values.quota.pods | int }}"
                requests.cpu: "{{ .Values.quota.requestsCpu }}"
                requests.memory: "{{ .Values.quota.requestsMemory }}"
                limits.cpu: "{{ .Values.quota.limitsCpu }}"
                limits.memory: "{{ .Values.quota.limitsMemory }}"
                persistentvolumeclaims: "{{ .Values.quota.claims | int }}"
            {{- end }}
            """);
        chart.AddTemplate("cluster/limits.yaml", """
            ---
            apiVersion: v1
            kind: LimitRange
            metadata:
              name: zakenak-limits
              labels:
                app.kubernetes.io/name: "{{ .Chart.Name }}"
                app.kubernetes.io/instance: "{{ .Release.Name }}"
                app.kubernetes.io/part-of: zakenak
            spec:
              limits:
                - type: Container
                  defaultRequest:
                    cpu: 50m
                    memory: 64Mi
                    ephemeral-storage: 64Mi
                  default:
                    cpu: 500m
                    memory: 256Mi
                    ephemeral-storage: 512Mi
            """);
        chart.AddTemplate("cluster/priority.yaml", """
            ---
            apiVersion: scheduling.k8s.io/v1
            kind: PriorityClass
            metadata:
              name: "{{ .Release.Namespace }}-serving"
              labels:
                app.kubernetes.io/name: "{{ .Chart.Name }}"
                app.kubernetes.io/instance: "{{ .Release.Name }}"
                app.kubernetes.io/part-of: zakenak
            value: {{ .Values.priority.value | int }}
            globalDefault: false
            preemptionPolicy: PreemptLowerPriority
            description: "Pods that serve models in namespace {{ .Release.Namespace }}."
            """);
    }
}
