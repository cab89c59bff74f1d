using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Zakenak.AppHost.Kubernetes.Charts;

/// <summary>
/// A template as a tree that can be changed, and back as text. What Helm decides is in the tree too: a key that begins with <c>{{</c> is a line of
/// its own around what it holds, and a value that begins so is not quoted; <c>nindent *</c> gets the depth at which it stands.
/// </summary>
internal static partial class TemplateYaml
{
    public static YamlMappingNode Parse(string text) => (YamlMappingNode)Node(text);

    /// <summary>A value that Helm fills in, as it is written.</summary>
    public static YamlScalarNode Helm(string text) => new(text) { Style = ScalarStyle.Plain };

    /// <summary>Text, always quoted.</summary>
    public static YamlScalarNode Text(string text) => new(text) { Style = ScalarStyle.DoubleQuoted };

    /// <summary>Lines as they are, for people to read; the last one ends.</summary>
    public static YamlScalarNode Block(string lines) => new(lines) { Style = ScalarStyle.Literal };

    /// <summary>JSON as YAML; text is quoted.</summary>
    public static YamlNode Of(JsonNode? json) => json switch
    {
        JsonObject map => new YamlMappingNode(map.Select(item => KeyValuePair.Create<YamlNode, YamlNode>(new YamlScalarNode(item.Key), Of(item.Value)))),
        JsonArray list => new YamlSequenceNode(list.Select(Of)),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Text(value.GetValue<string>()),
        _ => Helm(json?.ToJsonString() ?? "null"),
    };

    /// <summary>A mapping or sequence by its text.</summary>
    public static YamlNode Node(string yaml)
    {
        // An expression that is not quoted, because a number comes of it, would be read as a mapping.
        var stream = new YamlStream();
        stream.Load(new StringReader(UnquotedPattern().Replace(yaml, "$1 !helm \"$2\"")));
        return stream.Documents[0].RootNode;
    }

    public static string Write(YamlMappingNode root)
    {
        var text = new StringBuilder();
        WriteMapping(text, root, 0, startsInline: false);
        return text.ToString();
    }

    private static void WriteMapping(StringBuilder text, YamlMappingNode mapping, int indent, bool startsInline)
    {
        foreach (var (key, value) in mapping.Children)
        {
            var name = ((YamlScalarNode)key).Value!;
            if (name.StartsWith("{{", StringComparison.Ordinal))
            {
                if (startsInline)
                    throw new InvalidOperationException($"{name}: an item of a list can't begin with a condition.");

                Line(text, indent, name);
                WriteMapping(text, (YamlMappingNode)value, indent, startsInline: false);
                Line(text, indent, "{{- end }}");
                continue;
            }

            text.Append(' ', startsInline ? 0 : indent).Append(name.Contains(": ", StringComparison.Ordinal) ? Quote(name) : name).Append(':');
            startsInline = false;
            WriteValue(text, value, indent);
        }
    }

    private static void WriteValue(StringBuilder text, YamlNode value, int indent)
    {
        switch (value)
        {
            case YamlScalarNode scalar:
                text.Append(' ').Append(Scalar(scalar, indent)).Append('\n');
                break;
            case YamlMappingNode { Children.Count: 0 }:
                text.Append(" {}\n");
                break;
            case YamlSequenceNode { Children.Count: 0 }:
                text.Append(" []\n");
                break;
            case YamlMappingNode mapping:
                text.Append('\n');
                WriteMapping(text, mapping, indent + 2, startsInline: false);
                break;
            case YamlSequenceNode sequence:
                text.Append('\n');
                WriteSequence(text, sequence, indent + 2);
                break;
        }
    }

    private static void WriteSequence(StringBuilder text, YamlSequenceNode sequence, int indent)
    {
        foreach (var item in sequence.Children)
        {
            if (item is YamlMappingNode { Children.Count: 1 } only && only.Children[0] is { Key: YamlScalarNode { Value: { } name }, Value: var held }
                && name.StartsWith("{{", StringComparison.Ordinal))
            {
                Line(text, indent, name);
                if (held is YamlSequenceNode items)
                    WriteSequence(text, items, indent);
                else
                    Line(text, indent, Scalar((YamlScalarNode)held, indent - 2));
                Line(text, indent, "{{- end }}");
                continue;
            }

            text.Append(' ', indent).Append("- ");
            if (item is YamlMappingNode mapping)
                WriteMapping(text, mapping, indent + 2, startsInline: true);
            else
                text.Append(Scalar((YamlScalarNode)item, indent)).Append('\n');
        }
    }

    private static string Scalar(YamlScalarNode scalar, int indent) => scalar.Style switch
    {
        _ when !scalar.Tag.IsEmpty && scalar.Tag == "!helm" => scalar.Value!,
        ScalarStyle.Literal when IsBlock(scalar.Value!) => "|" + string.Concat(scalar.Value!.TrimEnd('\n').Split('\n').Select(line => line.Length == 0 ? "\n" : "\n" + new string(' ', indent + 2) + line)),
        ScalarStyle.DoubleQuoted or ScalarStyle.SingleQuoted or ScalarStyle.Literal or ScalarStyle.Folded => Quote(scalar.Value ?? ""),
        _ => (scalar.Value ?? "").Replace("nindent *", string.Create(CultureInfo.InvariantCulture, $"nindent {indent + 2}"), StringComparison.Ordinal),
    };

    // What a block says without further marks: it begins at the margin and ends with one end of line.
    private static bool IsBlock(string text) => text.Length > 1 && text[0] is not (' ' or '\n' or '\t') && text[^1] == '\n' && text[^2] != '\n' && !text.Contains('\t', StringComparison.Ordinal);

    private static void Line(StringBuilder text, int indent, string line) => text.Append(' ', indent).Append(line).Append('\n');

    private static string Quote(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < ' ' => throw new InvalidOperationException("A control character has no place in a template."),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    [GeneratedRegex("([:-]) (\\{\\{[^\"\\n]*\\}\\})$", RegexOptions.Multiline)]
    private static partial Regex UnquotedPattern();
}
