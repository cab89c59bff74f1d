using Aspire.Hosting.Kubernetes;
using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.AppHost.Kubernetes.Kinds;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Nothing is allowed but the edges of the application model, DNS, metrics, and, for the authority, the API server.</summary>
internal static class Network
{
    /// <summary>Schema of a list of networks.</summary>
    public const string Cidrs = """{ "type": "array", "items": { "type": "string", "pattern": "^[0-9a-fA-F.:]+/[0-9]{1,3}$" } }""";

    private const string OneNamespace = """{ "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" }""";

    private const string Namespace = """{ "type": "string", "pattern": "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$" }""";

    private const string Port = """{ "type": "integer", "minimum": 1, "maximum": 65535 }""";

    private const string Gateways = $$$"""
              {{{Labels.Component}}}: {{{ServiceNames.Gateway}}}
              app.kubernetes.io/instance: "{{ .Release.Name }}"
        """;

    public static void Apply(KubernetesResource service, ServiceShape shape, ServiceGraph graph, bool isExternal)
    {
        var policy = new NetworkPolicy { Metadata = { Name = $"{shape.Name}-network" } };
        policy.Spec.PodSelector = new(Labels.Selecting(shape.Name));
        AddIngress(policy.Spec, shape, graph, isExternal);
        AddEgress(policy.Spec, shape, graph);
        service.AdditionalResources.Add(policy);
    }

    /// <summary>The walls, and what whoever installs may open.</summary>
    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("network", "Who may connect to what, besides the services to each other.");
        values.Add("network.dnsNamespace", "\"kube-system\"", "Namespace of the cluster's DNS.", OneNamespace);
        values.Add("network.dnsCidrs", "[]", "Addresses of a DNS cache on the nodes, e.g. 169.254.20.10/32, which belongs to no namespace.", Cidrs);
        values.Add("network.metricsNamespace", "\"monitoring\"", "Namespace of the Prometheus that scrapes the management port; it needs an identity of the suite to see anything.", OneNamespace);
        values.Add("network.apiServerCidrs", """["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"]""", "Addresses of the API server, which the certificate authority asks about tokens: private ones; name those of your cluster alone (kubectl get endpoints kubernetes).", """{ "type": "array", "minItems": 1, "items": { "type": "string", "pattern": "^[0-9a-fA-F.:]+/[0-9]{1,3}$" } }""");
        values.Add("network.apiServerPort", "6443", "Port of the API server behind its service.", Port);
        values.Add("network.otlpNamespace", "\"\"", "Namespace of the OpenTelemetry collector; empty: nobody may send telemetry anywhere.", Namespace);
        values.Add("network.otlpPort", "4318", "Port of the collector for OTLP over HTTP.", Port);

        values.Add("network.databaseNamespace", "\"\"", "Namespace of the PostgreSQL that gateway and model-registry share, where their secrets name one; empty: there is none.", Namespace);
        values.Add("network.databasePort", "5432", "Its port.", Port);
        values.Add("network.vaultNamespace", "\"\"", "Namespace of Vault, for secrets.source vault: its agent runs in every pod; empty: nobody may ask it.", Namespace);
        values.Add("network.vaultPort", "8200", "Its port.", Port);
        values.Describe("network.identityProvider", "Where the gateway reads the keys of identity providers (gateway.clients.identityProviders); nowhere unless named.");
        values.Add("network.identityProvider.cidrs", "[]", "Their addresses.", Cidrs);
        values.Add("network.identityProvider.port", "443", "Their port.", Port);
        values.Describe("network.admin", "Pods that may connect to the gateway's administration, such as a pipeline's; they still need an identity of gateway.admin. None unless named.");
        values.Add("network.admin.namespace", "\"\"", "Their namespace.", Namespace);
        values.Add("network.admin.podLabels", "{}", "Their labels; empty: all pods of that namespace.", """{ "type": "object", "additionalProperties": { "type": "string" } }""");

        chart.AddTemplate("cluster/default-deny.yaml", """
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata:
              name: zakenak-default-deny
              labels:
                app.kubernetes.io/name: "{{ .Chart.Name }}"
                app.kubernetes.io/instance: "{{ .Release.Name }}"
                app.kubernetes.io/part-of: zakenak
            spec:
              podSelector: {}
              policyTypes:
                - Ingress
                - Egress
            """);
        NameApiServer(chart);
        AddDnsCache(chart);
        var services = $"operator: In, values: [{string.Join(", ", ServiceShape.All.Select(shape => shape.Name))}]";
        AddWayOut(chart, "otlp", services);
        AddWayOut(chart, "vault", services);
        AddIdentityProvider(chart);
        AddAdmin(chart);
        AddWayOut(chart, "database", $"operator: In, values: [{ServiceNames.Gateway}, {ServiceNames.ModelRegistry}]");
    }

    // The object model holds one address; those of whoever installs are several.
    private static void NameApiServer(ChartFiles chart)
    {
        var egress = (YamlSequenceNode)chart.Template($"{ServiceNames.CertAuthority}/network.yaml")["spec"]["egress"];
        egress.Single(rule => rule["to"] is YamlSequenceNode { Children: [YamlMappingNode peer] } && peer.Children.ContainsKey("ipBlock"))
            .Set("to", new YamlSequenceNode(YamlTreeExtensions.ItemsWhen("range .Values.network.apiServerCidrs", TemplateYaml.Node("""
                ipBlock:
                  cidr: "{{ . }}"
                """))));
    }

    private static void AddWayOut(ChartFiles chart, string name, string pods) => AddOptional(chart, name, $"network.{name}Namespace", "Egress", $$$"""
              app.kubernetes.io/instance: "{{ .Release.Name }}"
            matchExpressions:
              - { key: {{{Labels.Component}}}, {{{pods}}} }
        """, $$$"""
            - to:
                - namespaceSelector:
                    matchLabels:
                      kubernetes.io/metadata.name: "{{ .Values.network.{{{name}}}Namespace }}"
              ports:
                - protocol: TCP
                  port: {{ .Values.network.{{{name}}}Port | int }}
        """);

    // Every pod's, the jobs' too.
    private static void AddDnsCache(ChartFiles chart) => AddOptional(chart, "dns", "network.dnsCidrs", "Egress", """
              app.kubernetes.io/instance: "{{ .Release.Name }}"
        """, """
            - to:
                {{- range .Values.network.dnsCidrs }}
                - ipBlock:
                    cidr: "{{ . }}"
                {{- end }}
              ports:
                - protocol: UDP
                  port: 53
                - protocol: TCP
                  port: 53
        """);

    private static void AddIdentityProvider(ChartFiles chart) => AddOptional(chart, "identity-provider", "network.identityProvider.cidrs", "Egress", Gateways, """
            - to:
                {{- range .Values.network.identityProvider.cidrs }}
                - ipBlock:
                    cidr: "{{ . }}"
                {{- end }}
              ports:
                - protocol: TCP
                  port: {{ .Values.network.identityProvider.port | int }}
        """);

    private static void AddAdmin(ChartFiles chart) => AddOptional(chart, "admin", "network.admin.namespace", "Ingress", Gateways, $$$"""
            - from:
                - namespaceSelector:
                    matchLabels:
                      kubernetes.io/metadata.name: "{{ .Values.network.admin.namespace }}"
                  {{- with .Values.network.admin.podLabels }}
                  podSelector:
                    matchLabels: {{- toYaml . | nindent 14 }}
                  {{- end }}
              ports:
                - protocol: TCP
                  port: {{{SuiteExtensions.AdminPort}}}
        """);

    // An edge that depends on a value is a policy of its own: policies add up.
    private static void AddOptional(ChartFiles chart, string name, string value, string direction, string pods, string rules) => chart.AddTemplate($"cluster/{name}-network.yaml", $$$"""
        {{- if .Values.{{{value}}} }}
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: zakenak-{{{name}}}-network
          labels:
            app.kubernetes.io/name: "{{ .Chart.Name }}"
            app.kubernetes.io/instance: "{{ .Release.Name }}"
            app.kubernetes.io/part-of: zakenak
        spec:
          podSelector:
            matchLabels:
              app.kubernetes.io/name: "{{ .Chart.Name }}"
        {{{pods}}}
          policyTypes:
            - {{{direction}}}
          {{{direction.ToLowerInvariant()}}}:
        {{{rules}}}
        {{- end }}
        """);

    private static void AddIngress(NetworkPolicySpec spec, ServiceShape shape, ServiceGraph graph, bool isExternal)
    {
        foreach (var port in graph.Edges.Where(edge => edge.To == shape.Name).GroupBy(edge => edge.Port))
        {
            var rule = new NetworkRule { Ports = { new() { Port = port.Key } } };
            rule.From.AddRange(port.Select(edge => Pods(edge.From)));
            spec.Ingress.Add(rule);
        }

        // No peer means everybody: these are the clients' connections.
        if (isExternal)
            spec.Ingress.Add(new() { Ports = { new() { Port = SuiteExtensions.TrafficPort } } });

        // Probes come from the node itself, which policies don't keep out.
        spec.Ingress.Add(new()
        {
            From = { InNamespace("{{ .Values.network.metricsNamespace }}") },
            Ports = { new() { Port = SuiteExtensions.ManagementPort } },
        });
    }

    private static void AddEgress(NetworkPolicySpec spec, ServiceShape shape, ServiceGraph graph)
    {
        foreach (var edge in graph.Edges.Where(edge => edge.From == shape.Name))
            spec.Egress.Add(new() { To = { Pods(edge.To) }, Ports = { new() { Port = edge.Port } } });

        spec.Egress.Add(new()
        {
            To = { InNamespace("{{ .Values.network.dnsNamespace }}") },
            Ports = { new() { Protocol = "UDP", Port = 53 }, new() { Port = 53 } },
        });

        if (shape.Name == ServiceNames.CertAuthority)
        {
            // Which of the two a policy sees, the service's port or the server's own, differs from network to network.
            spec.Egress.Add(new()
            {
                To = { new() { IpBlock = new() { Cidr = "{{ .Values.network.apiServerCidrs }}" } } },
                Ports = { new() { Port = 443 }, new() { Port = new("{{ .Values.network.apiServerPort | int }}") } },
            });
        }
    }

    private static NetworkPeer Pods(string component) => new() { PodSelector = new(Labels.Selecting(component)) };

    private static NetworkPeer InNamespace(string name) =>
        new() { NamespaceSelector = new(new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = name }) };
}
