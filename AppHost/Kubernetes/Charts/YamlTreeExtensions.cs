using YamlDotNet.RepresentationModel;

namespace Zakenak.AppHost.Kubernetes.Charts;

/// <summary>Changes a template's tree.</summary>
internal static class YamlTreeExtensions
{
    private static readonly string[] _containerKinds = ["initContainers", "containers"];

    /// <summary>Sets a key, and keeps its place where it was there.</summary>
    public static void Set(this YamlNode mapping, string key, YamlNode value) => ((YamlMappingNode)mapping).Children[key] = value;

    /// <summary>Adds keys that are there only if Helm finds the condition true, or with <c>with</c> to say what the dot is.</summary>
    public static void When(this YamlNode mapping, string condition, params (string Key, YamlNode Value)[] entries) =>
        mapping.Set($"{{{{- {condition} }}}}", new YamlMappingNode(entries.Select(entry => KeyValuePair.Create<YamlNode, YamlNode>(entry.Key, entry.Value))));

    /// <summary>An item, or several, that are in a list only if Helm finds the condition true.</summary>
    public static YamlMappingNode ItemsWhen(string condition, params YamlNode[] items) =>
        new(new YamlScalarNode($"{{{{- {condition} }}}}"), new YamlSequenceNode(items));

    /// <summary>The item of a list with that name.</summary>
    public static YamlMappingNode Named(this YamlNode sequence, string name) =>
        ((YamlSequenceNode)sequence).Children.OfType<YamlMappingNode>().Single(item => item.Children.TryGetValue("name", out var value) && ((YamlScalarNode)value).Value == name);

    /// <summary>Puts others in the place of the item with that name.</summary>
    public static void ReplaceNamed(this YamlNode sequence, string name, params YamlNode[] items)
    {
        var list = ((YamlSequenceNode)sequence).Children;
        var at = list.IndexOf(sequence.Named(name));
        list.RemoveAt(at);
        foreach (var item in items.Reverse())
            list.Insert(at, item);
    }

    /// <summary>The pod of a workload.</summary>
    public static YamlNode Pod(this YamlMappingNode workload) => workload["spec"]["template"]["spec"];

    /// <summary>All containers of a pod, those that come first included.</summary>
    public static IEnumerable<YamlNode> Containers(this YamlNode pod) => _containerKinds
        .Where(kind => ((YamlMappingNode)pod).Children.ContainsKey(kind))
        .SelectMany(kind => ((YamlSequenceNode)pod[kind]).Children);
}
