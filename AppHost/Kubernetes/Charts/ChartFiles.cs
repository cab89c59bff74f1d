using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Zakenak.AppHost.Kubernetes.Charts;

/// <summary>
/// The chart between what the publisher wrote and what is left in <c>chart/</c>: its templates as trees that may be changed, templates of our own
/// as text, and the knobs. Concerns add to it; see <see cref="ManifestStep"/>.
/// </summary>
internal sealed partial class ChartFiles
{
    private readonly SortedDictionary<string, YamlMappingNode> _trees = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _texts = new(StringComparer.Ordinal);

    private ChartFiles(YamlMappingNode chart) => Chart = chart;

    public ChartValues Values { get; } = new();

    /// <summary><c>Chart.yaml</c>.</summary>
    public YamlMappingNode Chart { get; }

    /// <summary>Paths of the publisher's templates, below <c>templates/</c>.</summary>
    public IReadOnlyCollection<string> Published => _trees.Keys;

    /// <summary>Reads what the publisher wrote.</summary>
    public static ChartFiles Read(string folder)
    {
        var files = new ChartFiles(TemplateYaml.Parse(File.ReadAllText(Path.Combine(folder, "Chart.yaml"))));
        var published = TemplateYaml.Parse(File.ReadAllText(Path.Combine(folder, "values.yaml")));
        var templates = Path.Combine(folder, "templates");
        foreach (var file in Directory.EnumerateFiles(templates, "*.yaml", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(templates, file).Replace('\\', '/');
            files._trees[name] = TemplateYaml.Parse(Resolve(File.ReadAllText(file), published));
        }

        return files;
    }

    /// <summary>A template of the publisher's, to be changed.</summary>
    public YamlMappingNode Template(string name) =>
        _trees.TryGetValue(name, out var tree) ? tree : throw new DistributedApplicationException($"The publisher wrote no template {name}; it wrote: {string.Join(", ", _trees.Keys)}.");

    /// <summary>Adds a template as text.</summary>
    public void AddTemplate(string name, string text)
    {
        if (_trees.ContainsKey(name) || !_texts.TryAdd(name, text.ReplaceLineEndings("\n").TrimEnd('\n') + "\n"))
            throw new InvalidOperationException($"The template {name} is there twice.");
    }

    /// <summary>Takes a template of the publisher's and gives it another form, which stays a template of the same name.</summary>
    public void Replace(string name, Func<string, string> change)
    {
        var text = change(TemplateYaml.Write(Template(name)));
        _trees.Remove(name);
        AddTemplate(name, text);
    }

    /// <summary>The whole chart by path.</summary>
    public SortedDictionary<string, string> Render()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["README.md"] = ChartTexts.Readme(Values),
            ["Chart.yaml"] = TemplateYaml.Write(Chart),
            ["values.yaml"] = Values.ToYaml(),
            ["values.schema.json"] = Values.ToSchema(),
        };
        foreach (var (name, tree) in _trees)
            files["templates/" + name] = TemplateYaml.Write(tree);
        foreach (var (name, text) in _texts)
            files["templates/" + name] = text;

        foreach (var (name, text) in files.Where(file => file.Key.StartsWith("templates/", StringComparison.Ordinal)))
        {
            if (ReferencePattern().Matches(text).FirstOrDefault(match => !Values.Has(match.Groups[1].Value)) is { } unknown)
                throw new DistributedApplicationException($"{name} refers to .Values.{unknown.Groups[1].Value}, which is no value of the chart.");
        }

        return files;
    }

    // A setting of a service is decided by the application model: whoever installs changes it by the service's own knob for settings.
    private static string Resolve(string text, YamlMappingNode published) => SettingPattern().Replace(text, match =>
    {
        YamlNode value = published;
        foreach (var name in match.Groups[1].Value.Split('.'))
            value = value[name];

        return ((YamlScalarNode)value).Value!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
    });

    [GeneratedRegex(@"\{\{ \.Values\.((?:config|parameters)\.\w+\.\w+) \}\}")]
    private static partial Regex SettingPattern();

    [GeneratedRegex(@"\.Values\.([A-Za-z0-9_.]*[A-Za-z0-9_])")]
    private static partial Regex ReferencePattern();
}
