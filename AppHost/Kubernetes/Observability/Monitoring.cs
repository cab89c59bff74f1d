using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes.Observability;

/// <summary>What tells of the suite: to Prometheus which pods to scrape, recorded rules and alerts; to Grafana dashboards. Off by default: a cluster may have neither.</summary>
internal static class Monitoring
{
    private const string Share = """{"type":"number","minimum":0.0001,"maximum":0.5}""";

    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("observability", "For clusters with the Prometheus operator and Grafana. What each metric and alert means is in docs/metrics.md.");
        values.Add("observability.labels", "{}", "Labels by which the operator picks rules and monitors up, e.g. release: kube-prometheus-stack.", """{"type":"object","additionalProperties":{"type":"string"}}""");
        values.Describe("observability.serviceMonitor", "Which pods Prometheus scrapes.");
        values.Add("observability.serviceMonitor.enabled", "false", "Needs the Prometheus operator.", """{"type":"boolean"}""");
        values.Add("observability.serviceMonitor.interval", "\"30s\"", "How often.", """{"type":"string","pattern":"^[0-9]+s$"}""");
        values.Add("observability.serviceMonitor.clientSecret", "\"prometheus-svid\"", "Secret with Prometheus' own certificate: tls.crt, tls.key, ca.crt. Metrics are for named callers only.", """{"type":"string","minLength":1}""");
        values.Describe("observability.rules", "Alerts and recorded rules.");
        values.Add("observability.rules.enabled", "false", "Needs the Prometheus operator.", """{"type":"boolean"}""");
        values.Describe("observability.objectives", "What is promised; alerts fire by how fast it is broken.");
        values.Add("observability.objectives.errors", "0.005", "The share of requests that may fail.", Share);
        values.Add("observability.objectives.slowFirstTokens", "0.05", "The share of first tokens that may come late.", Share);
        values.Add("observability.objectives.firstTokenSeconds", "2.5", "What late is; one of the metric's bounds.", """{"enum":[0.1,0.25,0.5,0.75,1,2.5,5,7.5,10]}""");
        values.Add("observability.objectives.queueDepth", "64", "Sequences that may wait for one model server.", """{"type":"integer","minimum":1}""");
        values.Describe("observability.dashboards", "Grafana's dashboards.");
        values.Add("observability.dashboards.enabled", "false", "ConfigMaps that Grafana's sidecar finds by their label.", """{"type":"boolean"}""");
        values.Add("observability.dashboards.label", "\"grafana_dashboard\"", "That label; its value is 1.", """{"type":"string","minLength":1}""");

        chart.AddTemplate("observability/servicemonitors.yaml", "{{- if .Values.observability.serviceMonitor.enabled }}\n" + string.Concat(ServiceShape.All.Select(shape => ServiceMonitor(shape.Name))) + "{{- end }}\n");
        chart.AddTemplate("observability/prometheusrule.yaml", PrometheusRule);
        chart.AddTemplate("observability/dashboards.yaml", "{{- if .Values.observability.dashboards.enabled }}\n" + string.Concat(Dashboards.All.Select(DashboardMap)) + "{{- end }}\n");
    }

    private static string PrometheusRule => $$$"""
        {{- if .Values.observability.rules.enabled }}
        ---
        apiVersion: "monitoring.coreos.com/v1"
        kind: "PrometheusRule"
        {{{Metadata("zakenak", picked: true)}}}
        spec:
          groups:
        {{{Rules.Groups()}}}
        {{- end }}
        """;

    // One for each, since each has a name of its own in its certificate.
    private static string ServiceMonitor(string service) => $$$"""
        ---
        apiVersion: "monitoring.coreos.com/v1"
        kind: "ServiceMonitor"
        {{{Metadata(service, picked: true)}}}
        spec:
          jobLabel: "app.kubernetes.io/component"
          selector:
            matchLabels:
              app.kubernetes.io/name: "{{ .Chart.Name }}"
              app.kubernetes.io/component: "{{{service}}}"
              app.kubernetes.io/instance: "{{ .Release.Name }}"
          endpoints:
            - port: "management"
              path: "/metrics"
              scheme: "https"
              interval: "{{ .Values.observability.serviceMonitor.interval }}"
              relabelings:
                - targetLabel: "suite"
                  replacement: "zakenak"
              tlsConfig:
                minVersion: "TLS13"
                serverName: "{{{service}}}-service"
                ca:
                  secret:
                    name: "{{ .Values.observability.serviceMonitor.clientSecret }}"
                    key: "ca.crt"
                cert:
                  secret:
                    name: "{{ .Values.observability.serviceMonitor.clientSecret }}"
                    key: "tls.crt"
                keySecret:
                  name: "{{ .Values.observability.serviceMonitor.clientSecret }}"
                  key: "tls.key"

        """;

    private static string DashboardMap(Dashboard dashboard) => $$$"""
        ---
        apiVersion: "v1"
        kind: "ConfigMap"
        {{{Metadata($"dashboard-{dashboard.Id}", picked: false)}}}
            {{ .Values.observability.dashboards.label }}: "1"
        data:
          {{{dashboard.Id}}}.json: |-
            {{{dashboard.ToJson().Replace("\n", "\n    ", StringComparison.Ordinal)}}}

        """;

    private static string Metadata(string name, bool picked) => $$$"""
        metadata:
          name: "{{{name}}}"
          labels:
            app.kubernetes.io/name: "{{ .Chart.Name }}"
            app.kubernetes.io/instance: "{{ .Release.Name }}"
            app.kubernetes.io/part-of: zakenak
        """ + (picked ? """

                {{- with .Values.observability.labels }}
                {{- toYaml . | nindent 4 }}
                {{- end }}
            """ : "");
}
