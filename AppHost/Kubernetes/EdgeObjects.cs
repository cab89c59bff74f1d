using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>How clients reach the gateway: its Service by itself or behind a load balancer, an Ingress, or a route of the Gateway API.</summary>
internal static class EdgeObjects
{
    public static void Apply(KubernetesResource gateway)
    {
        // Health, metrics and administration are nothing for a load balancer.
        gateway.Service!.Spec.Ports.RemoveAll(port => port.Name is "management" or "admin");
        gateway.Service.Spec.Type = "{{ .Values.edge.serviceType }}";
        var management = new Service { Metadata = { Name = $"{ServiceNames.Gateway}-management" } };
        management.Spec.ClusterIp = "None";
        management.Spec.Selector = Labels.Selecting(ServiceNames.Gateway);
        management.Spec.Ports.Add(new() { Name = "management", Port = SuiteExtensions.ManagementPort, TargetPort = SuiteExtensions.ManagementPort, Protocol = "TCP" });
        gateway.AdditionalResources.Add(management);

        // Whose word about a client's address counts, by which it is limited.
        gateway.ConfigMap!.Data["Edge__TrustedProxies"] = Configuration.Json("edge.trustedProxies");

        // A pod's own name is in the service that has no address.
        ((StatefulSet)gateway.Workload!).Spec.ServiceName = management.Metadata.Name!;
    }

    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("edge", "How clients reach the gateway.");
        values.Add("edge.host", "\"zakenak.example.com\"", "Name by which clients know it; it is in the gateway's own certificate.", """{ "type": "string", "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" }""");
        values.Add("edge.serviceType", "\"ClusterIP\"", "LoadBalancer where nothing stands before the gateway.", """{ "enum": ["ClusterIP", "LoadBalancer", "NodePort"] }""");
        values.Add("edge.serviceAnnotations", "{}", "What the load balancer wants to know.", """{ "type": "object", "additionalProperties": { "type": "string" } }""");
        values.Add("edge.externalTrafficPolicy", "\"Local\"", "For another serviceType than ClusterIP. Cluster hides clients' addresses, by which the gateway limits who guesses keys.", """{ "enum": ["Cluster", "Local"] }""");
        values.Add("edge.trustedProxies", "[]", "Addresses of the Ingress controller's or the Gateway's pods: their word about a client's address counts. Without it all clients behind them are one.", Network.Cidrs);
        values.Add("edge.certificateSecret", "\"\"", "Secret of type kubernetes.io/tls that the gateway shows to clients; empty: its own certificate, which only the suite's root vouches for.", Provided.NameOrNone);
        values.Describe("edge.ingress", "An Ingress; its annotations are ingress-nginx's.");
        values.Add("edge.ingress.enabled", "false", "Whether there is one.", """{ "type": "boolean" }""");
        values.Add("edge.ingress.className", "\"nginx\"", "Its class.", Provided.Name);
        values.Add("edge.ingress.tlsSecret", "\"zakenak-edge-tls\"", "Secret with the certificate for edge.host.", Provided.Name);
        values.Add("edge.ingress.annotations", "{}", "Further annotations.", """{ "type": "object", "additionalProperties": { "type": "string" } }""");
        values.Describe("edge.route", "An HTTPRoute of the Gateway API, whose kinds the cluster must have.");
        values.Add("edge.route.enabled", "false", "Whether there is one.", """{ "type": "boolean" }""");
        values.Add("edge.route.gateway", "\"edge\"", "Name of the Gateway.", Provided.Name);
        values.Add("edge.route.gatewayNamespace", "\"gateway-system\"", "Its namespace.", Provided.Name);

        var service = chart.Template($"{ServiceNames.Gateway}/service.yaml");
        service["metadata"].When("with .Values.edge.serviceAnnotations", ("annotations", TemplateYaml.Helm("{{- toYaml . | nindent * }}")));
        service["spec"].When("if ne .Values.edge.serviceType `ClusterIP`", ("externalTrafficPolicy", TemplateYaml.Text("{{ .Values.edge.externalTrafficPolicy }}")));
        AddCertificate(chart);
        AddIngress(chart);
        AddRoute(chart);
    }

    private static void AddCertificate(ChartFiles chart)
    {
        const string Given = "if .Values.edge.certificateSecret";
        var pod = chart.Template(ServiceValues.WorkloadOf(ServiceShape.Of(ServiceNames.Gateway))).Pod();
        ((YamlSequenceNode)pod["volumes"]).Add(YamlTreeExtensions.ItemsWhen(Given, TemplateYaml.Node($$$"""
            name: "edge-certificate"
            secret:
              secretName: "{{ .Values.edge.certificateSecret }}"
              defaultMode: {{{Volumes.OwnerReads}}}
            """)));
        var container = ((YamlSequenceNode)pod["containers"])[0];
        ((YamlSequenceNode)container["volumeMounts"]).Add(YamlTreeExtensions.ItemsWhen(Given, TemplateYaml.Node($"""
            name: "edge-certificate"
            mountPath: "{PodPaths.EdgeCertificate}"
            readOnly: true
            """)));
        ((YamlSequenceNode)container["env"]).Add(YamlTreeExtensions.ItemsWhen(
            Given,
            TemplateYaml.Node($"""
                name: "Listen__CertificateFile"
                value: "{PodPaths.EdgeCertificate}/tls.crt"
                """),
            TemplateYaml.Node($"""
                name: "Listen__KeyFile"
                value: "{PodPaths.EdgeCertificate}/tls.key"
                """)));
    }

    // Tokens are passed on as they come (no buffering), an answer may take as long as the gateway lets it, a WebSocket is an upgrade like any other.
    private static void AddIngress(ChartFiles chart) => chart.AddTemplate($"{ServiceNames.Gateway}/ingress.yaml", $$$"""
        {{- if .Values.edge.ingress.enabled }}
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: {{{ServiceNames.Gateway}}}-ingress
          labels:
            app.kubernetes.io/name: "{{ .Chart.Name }}"
            app.kubernetes.io/component: {{{ServiceNames.Gateway}}}
            app.kubernetes.io/instance: "{{ .Release.Name }}"
            app.kubernetes.io/part-of: zakenak
          annotations:
            nginx.ingress.kubernetes.io/backend-protocol: HTTPS
            nginx.ingress.kubernetes.io/ssl-redirect: "true"
            nginx.ingress.kubernetes.io/proxy-buffering: "off"
            nginx.ingress.kubernetes.io/proxy-request-buffering: "off"
            nginx.ingress.kubernetes.io/proxy-http-version: "1.1"
            nginx.ingress.kubernetes.io/proxy-body-size: 1m
            nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"
            nginx.ingress.kubernetes.io/proxy-send-timeout: "3600"
            {{- with .Values.edge.ingress.annotations }}
            {{- toYaml . | nindent 4 }}
            {{- end }}
        spec:
          ingressClassName: "{{ .Values.edge.ingress.className }}"
          tls:
            - hosts:
                - "{{ .Values.edge.host }}"
              secretName: "{{ .Values.edge.ingress.tlsSecret }}"
          rules:
            - host: "{{ .Values.edge.host }}"
              http:
                paths:
                  - path: /
                    pathType: Prefix
                    backend:
                      service:
                        name: {{{ServiceNames.Gateway}}}-service
                        port:
                          name: https
        {{- end }}
        """);

    private static void AddRoute(ChartFiles chart) => chart.AddTemplate($"{ServiceNames.Gateway}/route.yaml", $$$"""
        {{- if .Values.edge.route.enabled }}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata:
          name: {{{ServiceNames.Gateway}}}-route
          labels:
            app.kubernetes.io/name: "{{ .Chart.Name }}"
            app.kubernetes.io/component: {{{ServiceNames.Gateway}}}
            app.kubernetes.io/instance: "{{ .Release.Name }}"
            app.kubernetes.io/part-of: zakenak
        spec:
          parentRefs:
            - name: "{{ .Values.edge.route.gateway }}"
              namespace: "{{ .Values.edge.route.gatewayNamespace }}"
          hostnames:
            - "{{ .Values.edge.host }}"
          rules:
            - matches:
                - path:
                    type: PathPrefix
                    value: /
              timeouts:
                request: 0s
                backendRequest: 0s
              backendRefs:
                - name: {{{ServiceNames.Gateway}}}-service
                  port: 443
        {{- end }}
        """);
}
