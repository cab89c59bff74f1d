using Zakenak.AppHost.Kubernetes.Charts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Where secrets come from, by value: a Secret, a Vault agent, or a CSI driver. They end as read-only files in the same folder; never in the environment.</summary>
internal static class SecretSources
{
    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("secrets", "Where each service's secrets come from; they are files in " + PodPaths.Secrets + ", one for each configuration key.");
        values.Add("secrets.source", "\"secret\"", "secret: the Secret SERVICE-secrets; csi: the SecretProviderClass SERVICE-secrets; vault: the agent injector.", """{ "enum": ["secret", "csi", "vault"] }""");
        values.Add("secrets.csiDriver", "\"secrets-store.csi.k8s.io\"", "The CSI driver, for source csi.", """{ "type": "string", "minLength": 1 }""");
        values.Add("secrets.vaultRole", "\"zakenak\"", "The Vault role, for source vault.", """{ "type": "string", "minLength": 1 }""");
        values.Add("secrets.vaultPath", "\"secret/data/zakenak\"", "Path in Vault before the service's name, for source vault.", """{ "type": "string", "minLength": 1 }""");

        foreach (var shape in ServiceShape.All)
        {
            var workload = chart.Template(ServiceValues.WorkloadOf(shape));
            var pod = workload.Pod();
            var secret = pod["volumes"].Named("secrets");
            pod["volumes"].ReplaceNamed(
                "secrets",
                YamlTreeExtensions.ItemsWhen("if eq $.Values.secrets.source `secret`", secret),
                YamlTreeExtensions.ItemsWhen("if eq $.Values.secrets.source `csi`", TemplateYaml.Node($$$"""
                    name: "secrets"
                    csi:
                      driver: "{{ $.Values.secrets.csiDriver }}"
                      readOnly: true
                      volumeAttributes:
                        secretProviderClass: "{{{shape.Name}}}-secrets"
                    """)));

            // The injector brings a volume and mounts of its own.
            foreach (var container in pod.Containers())
                container["volumeMounts"].ReplaceNamed("secrets", YamlTreeExtensions.ItemsWhen("if ne $.Values.secrets.source `vault`", container["volumeMounts"].Named("secrets")));

            workload["spec"]["template"]["metadata"]["annotations"].When(
                "if eq $.Values.secrets.source `vault`",
                ("vault.hashicorp.com/agent-inject", TemplateYaml.Text("true")),
                ("vault.hashicorp.com/agent-pre-populate-only", TemplateYaml.Text("false")),
                ("vault.hashicorp.com/role", TemplateYaml.Text("{{ $.Values.secrets.vaultRole }}")),
                ("vault.hashicorp.com/secret-volume-path", TemplateYaml.Text(PodPaths.Secrets)),
                ("vault.hashicorp.com/agent-inject-secret-" + shape.Name, TemplateYaml.Text($"{{{{ $.Values.secrets.vaultPath }}}}/{shape.Name}")));
        }
    }
}
