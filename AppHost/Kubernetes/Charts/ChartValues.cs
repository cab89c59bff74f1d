using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zakenak.AppHost.Kubernetes.Charts;

/// <summary>The knobs of the chart: each with its default, a sentence, and the schema of what it may be set to. They become <c>values.yaml</c> and <c>values.schema.json</c>.</summary>
internal sealed class ChartValues
{
    // Kept readable: names of images and sentences hold '<' and apostrophes.
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private static readonly JsonSerializerOptions _line = new(_json) { WriteIndented = false };

    private readonly Section _root = new("");

    /// <summary>The defaults as one tree.</summary>
    public JsonObject Defaults => DefaultsOf(_root);

    /// <summary>Says what a group of knobs is for.</summary>
    public void Describe(string path, string sentence) => Find(path, create: true).Sentence = sentence;

    /// <summary>Adds a knob.</summary>
    /// <param name="path">Where it is, e.g. <c>gateway.replicas</c>.</param>
    /// <param name="value">Its default, as JSON.</param>
    /// <param name="sentence">What it does, in one sentence.</param>
    /// <param name="schema">JSON Schema of its values.</param>
    public void Add(string path, string value, string sentence, string schema)
    {
        var section = Find(path[..Math.Max(0, path.LastIndexOf('.'))], create: true);
        var name = path[(path.LastIndexOf('.') + 1)..];
        if (section.Children.Any(child => child.Name == name))
            throw new InvalidOperationException($"The value {path} is there twice.");

        section.Children.Add(new(name)
        {
            Sentence = sentence,
            Default = JsonNode.Parse(value),
            Schema = (JsonObject)JsonNode.Parse(schema)!,
        });
    }

    /// <summary>Whether a template may refer to it.</summary>
    public bool Has(string path)
    {
        var section = _root;
        foreach (var name in path.Split('.'))
        {
            if (section.Default is not null)
                return section.Default is JsonObject; // inside a knob whose value is a tree: its schema says what is there

            if (section.Children.Find(child => child.Name == name) is not { } next)
                return false;

            section = next;
        }

        return true;
    }

    /// <summary>Every knob: where it is, its default as JSON, and its sentence.</summary>
    public IEnumerable<(string Path, string Default, string Sentence)> Knobs() => KnobsOf(_root, "");

    public string ToYaml()
    {
        var text = new StringBuilder("# Every knob of the chart with its default. values.schema.json refuses what has no meaning.\n");
        Write(text, _root, 0);
        return text.ToString();
    }

    public string ToSchema()
    {
        var schema = SchemaOf(_root);
        schema.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        schema.Insert(1, "title", "Values of the Zakenak chart");

        // Helm itself puts this there when the chart is part of another one.
        ((JsonObject)schema["properties"]!)["global"] = new JsonObject { ["type"] = "object" };
        return schema.ToJsonString(_json) + "\n";
    }

    private static void Write(StringBuilder text, Section section, int indent)
    {
        foreach (var child in section.Children)
        {
            if (indent == 0)
                text.Append('\n');
            if (child.Sentence is { } sentence)
                text.Append(' ', indent).Append("# ").Append(sentence).Append('\n');

            text.Append(' ', indent).Append(child.Name).Append(':');
            if (child.Children.Count == 0)
            {
                WriteJson(text, child.Default, indent);
                continue;
            }

            text.Append('\n');
            Write(text, child, indent + 2);
        }
    }

    private static void WriteJson(StringBuilder text, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } map:
                text.Append('\n');
                foreach (var (name, item) in map)
                {
                    text.Append(' ', indent + 2).Append(name).Append(':');
                    WriteJson(text, item, indent + 2);
                }

                break;
            case JsonArray { Count: > 0 } items when items.All(item => item is JsonObject):
                text.Append('\n');
                foreach (var item in items)
                {
                    var lines = new StringBuilder();
                    foreach (var (name, part) in (JsonObject)item!)
                    {
                        lines.Append(' ', indent + 4).Append(name).Append(':');
                        WriteJson(lines, part, indent + 4);
                    }

                    text.Append(' ', indent + 2).Append("- ").Append(lines.ToString().AsSpan(indent + 4));
                }

                break;
            default:
                text.Append(' ').Append(value?.ToJsonString(_line) ?? "null").Append('\n');
                break;
        }
    }

    private static IEnumerable<(string Path, string Default, string Sentence)> KnobsOf(Section section, string path) => section.Children.SelectMany(child =>
        child.Children.Count > 0 ? KnobsOf(child, $"{path}{child.Name}.")
        : [(path + child.Name, child.Default?.ToJsonString(_line) ?? "null", child.Sentence ?? "")]);

    private static JsonObject DefaultsOf(Section section)
    {
        var result = new JsonObject();
        foreach (var child in section.Children)
            result[child.Name] = child.Children.Count > 0 ? DefaultsOf(child) : child.Default?.DeepClone();

        return result;
    }

    private static JsonObject SchemaOf(Section section)
    {
        var properties = new JsonObject();
        foreach (var child in section.Children)
        {
            var schema = child.Children.Count > 0 ? SchemaOf(child) : (JsonObject)child.Schema!.DeepClone();
            if (child.Sentence is { } sentence)
                schema["description"] = sentence;
            properties[child.Name] = schema;
        }

        return new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
    }

    private Section Find(string path, bool create)
    {
        var section = _root;
        foreach (var name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = section.Children.Find(child => child.Name == name);
            if (next is null && create)
                section.Children.Add(next = new(name));

            section = next ?? throw new InvalidOperationException($"There is no value {path}.");
        }

        return section;
    }

    private sealed class Section(string name)
    {
        public string Name { get; } = name;

        public string? Sentence { get; set; }

        public List<Section> Children { get; } = [];

        public JsonNode? Default { get; init; }

        public JsonObject? Schema { get; init; }
    }
}
