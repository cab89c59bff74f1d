using YamlDotNet.RepresentationModel;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Kubernetes.Compose;

/// <summary>A service of the chart, as Compose runs it.</summary>
/// <param name="Pod">The pod's spec, rendered.</param>
internal sealed record ComposeService(ServiceShape Shape, YamlNode Pod)
{
    // Volumes of the pod that whoever prepares the lab has as folders beside compose.yaml. The rest are files of Compose's own, or memory.
    private static readonly string[] _provided = ["policy", "policy-root", "features", "api-keys"];

    public string GracePeriod => ((YamlScalarNode)Pod["terminationGracePeriodSeconds"]).Value + "s";

    /// <summary>Folders beside <c>compose.yaml</c>, and where the service finds them.</summary>
    public IEnumerable<(string Host, string Path, bool IsReadOnly)> Folders()
    {
        foreach (var mount in ((YamlSequenceNode)Pod["containers"][0]["volumeMounts"]).Cast<YamlMappingNode>())
        {
            var (name, path) = (((YamlScalarNode)mount["name"]).Value!, ((YamlScalarNode)mount["mountPath"]).Value!);
            if (name == "state")
                yield return ($"state/{Shape.Name}", path, false);
            else if (name is "trust" or "models")
                yield return ("state/" + name, path, true);
            else if (_provided.Contains(name))
                yield return (name, path, true);
        }

        // It writes the roots for all others; in a cluster the API server carries them.
        if (Shape.Name == ServiceNames.CertAuthority)
            yield return ("state/trust", PodPaths.Trust, false);
    }
}
