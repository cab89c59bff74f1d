using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Where secrets come from, by value: a Secret, a Vault agent, or a CSI driver. They end as read-only files in the same folder; never in the environment.</summary>
internal static class SecretSources
{
    private const string FromVault = "if eq $.Values.secrets.source `vault`";

    private const string VaultToken = "vault-token";

    public static void AddTo(ChartFiles chart)
    {
        var values = chart.Values;
        values.Describe("secrets", "Where each service's secrets come from; they are files in " + PodPaths.Secrets + ", one for each configuration key.");
        values.Add("secrets.source", "\"secret\"", "secret: the Secret SERVICE-secrets; csi: the SecretProviderClass SERVICE-secrets; vault: the agent injector.", """{ "enum": ["secret", "csi", "vault"] }""");
        values.Add("secrets.csiDriver", "\"secrets-store.csi.k8s.io\"", "The CSI driver, for source csi.", """{ "type": "string", "minLength": 1 }""");
        values.Add("secrets.vaultRole", "\"zakenak\"", "The Vault role, for source vault.", """{ "type": "string", "minLength": 1 }""");
        values.Add("secrets.vaultPath", "\"secret/data/zakenak\"", "Path in Vault before the service's name, for source vault.", """{ "type": "string", "minLength": 1 }""");

        values.Describe("secrets.vaultKeys", "For source vault: which configuration keys each service has in VAULTPATH/SERVICE, written with __ for the colon; each becomes a file.");
        foreach (var shape in ServiceShape.All)
        {
            values.Add($"secrets.vaultKeys.{shape.Key}", shape.Name is ServiceNames.Gateway or ServiceNames.ModelRegistry ? """["ConnectionStrings__zakenak"]""" : "[]",
                $"Those of the {shape.Name}.", """{ "type": "array", "items": { "type": "string", "pattern": "^[A-Za-z0-9_]{1,36}$" } }""");
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

            // It looks for a token of the pod's, and finds none that it may have: this one is for Vault alone.
            ((YamlSequenceNode)pod["volumes"]).Add(YamlTreeExtensions.ItemsWhen(FromVault, TemplateYaml.Node($"""
                name: "{VaultToken}"
                projected:
                  defaultMode: {Volumes.OwnerReads}
                  sources:
                    - serviceAccountToken:
                        audience: "vault"
                        expirationSeconds: 600
                        path: "token"
                """)));
            workload["spec"]["template"]["metadata"]["annotations"].Set($"{{{{- {FromVault} }}}}", VaultAnnotations(shape));
        }
    }

    // One file for each key: what the agent writes of itself is one file with all of them. Its own braces would be Helm's.
    private static YamlMappingNode VaultAnnotations(ServiceShape shape)
    {
        const string Path = "{{ $.Values.secrets.vaultPath }}";
        var annotations = new YamlMappingNode();
        annotations.Set("vault.hashicorp.com/agent-inject", TemplateYaml.Text("true"));
        annotations.Set("vault.hashicorp.com/agent-init-first", TemplateYaml.Text("true"));
        annotations.Set("vault.hashicorp.com/agent-run-as-same-user", TemplateYaml.Text("true"));
        annotations.Set("vault.hashicorp.com/agent-service-account-token-volume-name", TemplateYaml.Text(VaultToken));
        annotations.Set("vault.hashicorp.com/role", TemplateYaml.Text("{{ $.Values.secrets.vaultRole }}"));
        annotations.Set("vault.hashicorp.com/secret-volume-path", TemplateYaml.Text(PodPaths.Secrets));
        annotations.When(
            $"range $.Values.secrets.vaultKeys.{shape.Key}",
            ("vault.hashicorp.com/agent-inject-secret-{{ . }}", TemplateYaml.Text($"{Path}/{shape.Name}")),
            ("vault.hashicorp.com/agent-inject-file-{{ . }}", TemplateYaml.Text("{{ . }}")),
            ("vault.hashicorp.com/agent-inject-template-{{ . }}", TemplateYaml.Text($"[[ with secret `{Path}/{shape.Name}` ]][[ index .Data.data `{{{{ . }}}}` ]][[ end ]]")),
            ("vault.hashicorp.com/agent-template-left-delim-{{ . }}", TemplateYaml.Text("[[")),
            ("vault.hashicorp.com/agent-template-right-delim-{{ . }}", TemplateYaml.Text("]]")));
        return annotations;
    }
}
