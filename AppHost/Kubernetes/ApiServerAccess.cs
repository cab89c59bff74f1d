using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>
/// What the authority, and nobody else, may do at the API server: ask whose a token is, and keep the roots in one ConfigMap. The first is the only
/// right beyond the namespace.
/// </summary>
internal static class ApiServerAccess
{
    /// <summary>See the authority's <c>CertAuthority:Kubernetes:BundleConfigMap</c>.</summary>
    public const string BundleConfigMap = "zakenak-trust-bundle";

    private const string RoleName = ServiceNames.CertAuthority + "-bundle";

    private const string ClusterRoleName = ServiceNames.CertAuthority + "-token-review";

    public static void Apply(KubernetesResource authority)
    {
        var pod = authority.Workload!.PodTemplate.Spec;
        pod.Volumes.Add(new()
        {
            Name = "api-server",
            Projected = new()
            {
                DefaultMode = Volumes.OwnerReads,
                Sources =
                {
                    new() { ServiceAccountToken = new() { ExpirationSeconds = 3600, Path = "token" } },
                    new() { ConfigMap = new() { Name = "kube-root-ca.crt", Items = { new() { Key = "ca.crt", Path = "ca.crt" } } } },
                    new() { DownwardApi = new() { Items = { new() { Path = "namespace", FieldRef = new() { FieldPath = "metadata.namespace" } } } } },
                },
            },
        });
        Volumes.Mount(pod, "api-server", PodPaths.ApiServer);
        authority.ConfigMap!.Data["CertAuthority__Kubernetes__Audience"] = ServiceAccounts.Audience;
        authority.ConfigMap.Data["CertAuthority__Kubernetes__BundleConfigMap"] = BundleConfigMap;
        authority.ConfigMap.Data["CertAuthority__Kubernetes__AllowUnboundOperator"] = "true";

        authority.AdditionalResources.Add(new Role
        {
            Metadata = { Name = RoleName },
            Rules =
            {
                // A name can't bound a creation: the authority creates the one ConfigMap, and changes no other.
                new() { ApiGroups = { "" }, Resources = { "configmaps" }, Verbs = { "create" } },
                new() { ApiGroups = { "" }, Resources = { "configmaps" }, ResourceNames = { BundleConfigMap }, Verbs = { "patch" } },
            },
        });
        authority.AdditionalResources.Add(new RoleBinding
        {
            Metadata = { Name = RoleName + "-binding" },
            RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = RoleName },
            Subjects = { Authority() },
        });
        authority.AdditionalResources.Add(new ClusterRole
        {
            Metadata = { Name = ClusterRoleName },
            Rules = { new() { ApiGroups = { "authentication.k8s.io" }, Resources = { "tokenreviews" }, Verbs = { "create" } } },
        });
        authority.AdditionalResources.Add(new ClusterRoleBinding
        {
            Metadata = { Name = ClusterRoleName + "-binding" },
            RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = ClusterRoleName },
            Subjects = { Authority() },
        });
    }

    /// <summary>The account of people; and the namespace in the names of what belongs to the whole cluster, which two suites must not share.</summary>
    public static void AddTo(ChartFiles chart)
    {
        chart.Values.Describe("operator", "People. Who may make a token of the service account operator (kubectl create token) gets its identity from the authority.");
        chart.Values.Add("operator.enabled", "true", "Whether there is such an account; what it may do at the registry, the policy says.", """{ "type": "boolean" }""");
        chart.AddTemplate("cluster/operator.yaml", $$$"""
            {{- if .Values.operator.enabled }}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: {{{ServiceNames.Operator}}}
              labels:
                app.kubernetes.io/name: "{{ .Chart.Name }}"
                app.kubernetes.io/instance: "{{ .Release.Name }}"
                app.kubernetes.io/part-of: zakenak
            automountServiceAccountToken: false
            {{- end }}
            """);

        const string Prefix = "{{ .Release.Namespace }}-";
        var role = chart.Template($"{ServiceNames.CertAuthority}/token-review.yaml");
        var binding = chart.Template($"{ServiceNames.CertAuthority}/token-review-binding.yaml");
        role["metadata"].Set("name", TemplateYaml.Text(Prefix + ClusterRoleName));
        binding["metadata"].Set("name", TemplateYaml.Text(Prefix + ClusterRoleName + "-binding"));
        binding["roleRef"].Set("name", TemplateYaml.Text(Prefix + ClusterRoleName));
    }

    private static SubjectV1 Authority() => new() { Kind = "ServiceAccount", Name = ServiceNames.CertAuthority, Namespace = "{{ .Release.Namespace }}" };
}
