using System.Text.Json.Nodes;
using Zakenak.AppHost.Kubernetes.Helm;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>The part of Helm's language that templates may use: what it does, and that nothing else passes.</summary>
public class HelmTemplateTests
{
    [Theory]
    [InlineData("a {{ .Values.name }} b", "a zakenak b")]
    [InlineData("a\n{{- if .Values.on }}\nyes\n{{- else }}\nno\n{{- end }}\nb", "a\nyes\nb")]
    [InlineData("{{ if .Values.off }}yes{{ else if eq .Values.name `zakenak` }}named{{ else }}no{{ end }}", "named")]
    [InlineData("{{- range .Values.list }}\n- {{ .n | int }} {{ $.Values.name }}\n{{- end }}", "\n- 1 zakenak\n- 2 zakenak")]
    [InlineData("{{ range $key, $value := .Values.map }}{{ $key }}={{ $value }};{{ end }}", "a=1;b=2;")]
    [InlineData("{{ with .Values.map }}{{ .b }}{{ end }}", "2")]
    [InlineData("{{ with .Values.empty }}x{{ else }}none{{ end }}", "none")]
    [InlineData("x:{{- toYaml .Values.map | nindent 2 }}", "x:\n  a: 1\n  b: 2")]
    [InlineData("x: {{- toYaml .Values.list | nindent 2 }}", "x:\n  - n: 1\n  - n: 2")]
    [InlineData("{{ add (mul .Values.size 2) 64 }}Mi", "20Mi", "{ \"size\": -22 }")]
    [InlineData("{{ toJson .Values.map | sha256sum }}", "43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777")]
    [InlineData("{{ .Values.missing | default `x` | quote }}", "\"x\"")]
    [InlineData("{{ and .Values.on .Values.name }} {{ or .Values.off `b` }} {{ not .Values.on }}", "zakenak b false")]
    [InlineData("a {{- /* said of nothing */ -}} b", "ab")]
    public void It_renders_as_Helm_does(string template, string expected, string over = "{}") => Assert.Equal(expected, Render(template, over));

    [Theory]
    [InlineData("{{ include `x` . }}", "no function 'include'")]
    [InlineData("{{ lookup `v1` `Pod` }}", "no function 'lookup'")]
    [InlineData("{{ .Values.missing }}", "has no value")]
    [InlineData("{{ .Values.missing.deeper }}", "no 'deeper'")]
    [InlineData("{{ .Values.map }}", "is no text")]
    [InlineData("{{ .Values.large }}", "needs '| int'")]
    [InlineData("{{ if .Values.on }}", "has no end")]
    [InlineData("{{ end }}", "ends nothing")]
    [InlineData("{{ .Values.name", "is not closed")]
    [InlineData("{{ .Values.name | }}", "only a function")]
    [InlineData("{{ $x := 1 }}", "")]
    [InlineData("{{ quote }}", "takes no 0 arguments")]
    [InlineData("{{ define `x` }}{{ end }}", "")]
    public void What_it_does_not_know_is_an_error(string template, string message) =>
        Assert.Contains(message, Assert.Throws<HelmException>(() => Render(template)).Message, StringComparison.Ordinal);

    private static string Render(string template, string over = "{}")
    {
        var values = HelmChart.Merge(
            (JsonObject)JsonNode.Parse("""{ "name": "zakenak", "on": true, "off": false, "empty": {}, "large": 1000000, "list": [{ "n": 1 }, { "n": 2 }], "map": { "b": 2, "a": 1 } }""")!,
            (JsonObject)JsonNode.Parse(over)!);
        return HelmTemplate.Parse("test", template).Render(new Dictionary<string, object?> { ["Values"] = HelmFunctions.FromJson(values) });
    }
}
