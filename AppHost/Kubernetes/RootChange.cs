using YamlDotNet.RepresentationModel;
using Zakenak.AppHost.Kubernetes.Charts;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes;

/// <summary>Roots that the authority publishes beside its own, by value: the next one before it issues, the last one until nobody needs it.</summary>
internal static class RootChange
{
    private const string Path = "/run/zakenak/additional-roots";

    public static void AddTo(ChartFiles chart)
    {
        const string Given = "with .Values.certAuthority.additionalRootsConfigMap";
        chart.Values.Add("certAuthority.additionalRootsConfigMap", "\"\"", "ConfigMap with roots.pem, trusted and published beside the authority's own root while that is changed; empty: none.", Provided.NameOrNone);
        var pod = chart.Template($"{ServiceNames.CertAuthority}/stateful.yaml").Pod();
        ((YamlSequenceNode)pod["volumes"]).Add(YamlTreeExtensions.ItemsWhen(Given, TemplateYaml.Node($$$"""
            name: "additional-roots"
            configMap:
              name: "{{ . }}"
              defaultMode: {{{Volumes.OwnerReads}}}
            """)));
        var container = ((YamlSequenceNode)pod["containers"])[0];
        ((YamlSequenceNode)container["volumeMounts"]).Add(YamlTreeExtensions.ItemsWhen(Given, TemplateYaml.Node($"""
            name: "additional-roots"
            mountPath: "{Path}"
            readOnly: true
            """)));
        ((YamlSequenceNode)container["env"]).Add(YamlTreeExtensions.ItemsWhen(Given, TemplateYaml.Node($"""
            name: "CertAuthority__AdditionalRootsFile"
            value: "{Path}/roots.pem"
            """)));
    }
}
