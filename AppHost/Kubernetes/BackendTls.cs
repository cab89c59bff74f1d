using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>
/// What a Gateway of the Gateway API must know to send a route's requests on over TLS, which is all that ours speaks: whose certificate it will see, and
/// who vouches for it.
/// </summary>
internal static class BackendTls
{
    /// <summary>Comes after <see cref="EdgeObjects"/>, whose route this is about.</summary>
    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("edge.route.tls", "How the Gateway proves that it speaks to our gateway, which speaks TLS only.");
        values.Add("edge.route.tls.enabled", "true", "Whether the route comes with a BackendTLSPolicy (Gateway API 1.4); false where the Gateway is told in a way of its own.", """{ "type": "boolean" }""");
        values.Add("edge.route.tls.caConfigMap", "\"\"",
            "ConfigMap with the roots in ca.crt; empty: the suite's, or, where edge.certificateSecret is another issuer's certificate, those that the Gateway's system has.", Provided.NameOrNone);

        chart.AddTemplate($"{ServiceNames.Gateway}/backend-tls.yaml", $$$"""
            {{- if and .Values.edge.route.enabled .Values.edge.route.tls.enabled }}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: BackendTLSPolicy
            metadata:
              name: {{{ServiceNames.Gateway}}}-backend-tls
              labels:
                app.kubernetes.io/name: "{{ .Chart.Name }}"
                app.kubernetes.io/component: {{{ServiceNames.Gateway}}}
                app.kubernetes.io/instance: "{{ .Release.Name }}"
                app.kubernetes.io/part-of: zakenak
            spec:
              targetRefs:
                - group: ""
                  kind: Service
                  name: {{{ServiceNames.Gateway}}}-service
                  sectionName: https
              validation:
                {{- if .Values.edge.certificateSecret }}
                hostname: "{{ .Values.edge.host }}"
                {{- else }}
                hostname: {{{ServiceNames.Gateway}}}-service
                {{- end }}
                {{- if and .Values.edge.certificateSecret (not .Values.edge.route.tls.caConfigMap) }}
                wellKnownCACertificates: System
                {{- else }}
                caCertificateRefs:
                  - group: ""
                    kind: ConfigMap
                    name: "{{ .Values.edge.route.tls.caConfigMap | default `{{{ApiServerAccess.BundleConfigMap}}}` }}"
                {{- end }}
            {{- end }}
            """);
    }
}
