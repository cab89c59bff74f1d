using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Zakenak.AppHost.Kubernetes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What <c>docs/deploy.md</c> says is what is published.</summary>
public partial class DeployDocumentTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(PublishedSuite.Repository, "docs", "deploy.md"));

    // The middle and the right column of the table of objects: which kinds, and what for.
    private static readonly (string[] Files, string[] Kinds, string Sentence)[] s_rows = [.. s_document.Split('\n')
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Where(cells => cells.Length == 5 && cells[1].Contains(".yaml`", StringComparison.Ordinal))
        .Select(cells => (FileName().Matches(cells[1]).Select(match => match.Groups[1].Value).ToArray(), cells[2].Split(", "), cells[3]))];

    [Fact]
    public void Every_object_is_explained_in_one_line_and_no_line_explains_what_is_not_there()
    {
        var kinds = suite.Files("chart/templates").Where(file => file.Key.EndsWith(".yaml", StringComparison.Ordinal))
            .SelectMany(file => Kind().Matches(file.Value).SelectMany(match => KindName().Matches(match.Value)).Select(match => (File: Path.GetFileName(file.Key), Kind: match.Value))).Distinct().ToArray();
        Assert.All(kinds, item => Assert.Contains(item.Kind, Assert.Single(s_rows, row => row.Files.Contains(item.File)).Kinds));
        Assert.All(s_rows.SelectMany(row => row.Files), file => Assert.Contains(kinds, item => item.File == file));
        Assert.All(s_rows, row => Assert.NotEmpty(row.Sentence));
    }

    [Fact]
    public void Every_folder_and_file_that_is_for_people_is_explained()
    {
        var names = suite.Files().Keys.Select(name => name.Split('/')).Where(parts => parts[0] != "chart" || parts.Length == 2)
            .Select(parts => parts[0] == "kustomize" ? string.Join('/', parts[..^1].Take(2)) : string.Join('/', parts.Take(2))).Distinct();
        Assert.All(names, name => Assert.Contains($"`{name}`", s_document, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_value_and_every_setting_that_it_names_is_there()
    {
        var values = (JsonObject)suite.Values();
        var named = ValuePath().Matches(s_document).Select(match => match.Groups[1].Value).Where(path => !path.EndsWith(".yaml", StringComparison.Ordinal)).Distinct().ToArray();
        Assert.True(named.Length > 15, string.Join(' ', named));
        Assert.All(named, path => Assert.True(Has(values, path.Replace("SERVICE.", "gateway.", StringComparison.Ordinal)), path));

        static bool Has(JsonNode? node, string path) => path.Split('.').All(part => (node = node?[part]) is not null);
    }

    [Fact]
    public void The_table_of_sizes_is_that_of_the_overlays()
    {
        foreach (var shape in ServiceShape.All)
        {
            var sizes = new[] { shape.Development, shape.Staging, shape.Production }
                .Select(size => string.Create(CultureInfo.InvariantCulture, $"{size.Replicas} × {size.CpuMilli}m, {size.MemoryMiB}Mi"));
            Assert.Contains($"| {shape.Name} | {string.Join(" | ", sizes)} |", s_document, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("`([a-z-]+\\.yaml)`")]
    private static partial Regex FileName();

    [GeneratedRegex("(?<=^kind: ).+", RegexOptions.Multiline)]
    private static partial Regex Kind();

    // One, or several among which a value decides.
    [GeneratedRegex("\\b[A-Z][A-Za-z]+\\b(?![^{]*\\}\\})")]
    private static partial Regex KindName();

    // A section of the values, a dot, and what is in it.
    [GeneratedRegex("`((?:SERVICE|images|gateway|modelServer|modelRegistry|certAuthority|featureProxy|edge|network|secrets|namespace|pods|quota|priority|operator|observability|admission|keda|trust)\\.[a-zA-Z.]*[a-zA-Z])`")]
    private static partial Regex ValuePath();
}
