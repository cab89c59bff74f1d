using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Zakenak.Services.Tests.Audit;
using Zakenak.Services.Tests.Metrics;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>Rules, dashboards and autoscalers ask for what the services emit, in Prometheus' language, and alert when they should.</summary>
public sealed partial class QueryTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    // What Prometheus and the ServiceMonitors put on every series.
    private static readonly string[] s_targetLabels = ["namespace", "pod", "suite"];

    private const string Options = """
        {
          "observability": { "rules": { "enabled": true }, "dashboards": { "enabled": true } },
          "gateway": { "autoscaling": { "by": "keda" } }, "modelServer": { "autoscaling": { "by": "keda" } }, "featureProxy": { "autoscaling": { "by": "keda" } }
        }
        """;

    private IReadOnlyList<JsonObject>? _objects;

    private IReadOnlyList<JsonObject> Objects => _objects ??= suite.Chart(Options);

    [Fact]
    public void Every_query_is_about_metrics_and_labels_that_a_service_emits()
    {
        var documented = MetricsDocument.Read().ToLookup(metric => metric.Exposed);
        var recorded = Rules().Where(rule => rule.ContainsKey("record")).Select(rule => rule["record"]!.GetValue<string>()).ToHashSet();
        foreach (var query in Queries())
        {
            var text = Strings().Replace(query, "''");
            foreach (var label in Grouping().Matches(text).SelectMany(match => match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)).Except([.. s_targetLabels, "le"]))
                Assert.True(documented.SelectMany(metrics => metrics).Any(metric => metric.Labels.Contains(label)), $"Nothing has a label {label}: {query}");

            var selectors = Selector().Matches(Grouping().Replace(text, ""));
            Assert.True(selectors.Count > 0, query);
            foreach (Match selector in selectors)
            {
                var name = selector.Groups["name"].Value;
                var labels = Label().Matches(selector.Groups["labels"].Value).Select(match => match.Groups[1].Value).Except(s_targetLabels).ToList();
                if (name == "up" || recorded.Contains(name))
                {
                    Assert.Empty(labels);
                    continue;
                }

                var part = HistogramPart().Match(name);
                var family = documented[part.Success && documented[part.Groups[1].Value].Any(metric => metric.Kind == "histogram") ? part.Groups[1].Value : name].ToList();
                Assert.True(family.Count > 0, $"No service emits {name}, which is asked for by {query}");
                Assert.True(part.Success == (family[0].Kind == "histogram"), $"{name} is no series of a {family[0].Kind}");
                Assert.All(labels.Where(label => !(label == "le" && part.Groups[2].Value == "bucket")), label => Assert.True(family.Any(metric => metric.Labels.Contains(label)), $"{name} has no {label}: {query}"));
            }
        }
    }

    [Fact]
    public void Every_alert_is_explained_and_everything_explained_is_an_alert()
    {
        var alerts = Rules().Where(rule => rule.ContainsKey("alert")).Select(rule => $"{rule["alert"]} {rule["labels"]!["severity"]}").Order(StringComparer.Ordinal);
        Assert.Equal(MetricsDocument.ReadAlerts().Order(StringComparer.Ordinal), alerts);
    }

    [Fact]
    public async Task Promtool_takes_every_query()
    {
        using var folder = new TemporaryFolder();
        var rules = RulesFile();
        rules["groups"]!.AsArray().Add(new JsonObject
        {
            ["name"] = "others",
            ["rules"] = new JsonArray([.. Queries().Distinct().Select((query, i) => (JsonNode)new JsonObject { ["record"] = $"query:{i}", ["expr"] = query.Replace("$__rate_interval", "2m", StringComparison.Ordinal) })]),
        });
        await File.WriteAllTextAsync(folder["rules.yaml"], rules.ToJsonString());

        await Promtool.RunAsync(folder.Path, "check", "rules", "rules.yaml");
    }

    [Fact]
    public async Task Budgets_burn_when_they_should()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["rules.yaml"], RulesFile().ToJsonString());
        File.Copy(Path.Combine(AppContext.BaseDirectory, "rules-test.yaml"), folder["rules-test.yaml"]);

        await Promtool.RunAsync(folder.Path, "test", "rules", "rules-test.yaml");
    }

    private JsonObject RulesFile() => new() { ["groups"] = Objects.Single(item => item.Kind() == "PrometheusRule")["spec"]!["groups"]!.DeepClone() };

    private IEnumerable<JsonObject> Rules() => RulesFile()["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).Select(rule => rule!.AsObject());

    private List<string> Queries()
    {
        var dashboards = Objects.Where(item => item.Kind() == "ConfigMap" && item["metadata"]!["labels"]!["grafana_dashboard"] is not null)
            .SelectMany(item => item["data"]!.AsObject())
            .Select(file => JsonNode.Parse(file.Value!.GetValue<string>())!)
            .ToList();
        Assert.Equal(3, dashboards.Count);
        var scaled = Objects.Where(item => item.Kind() == "ScaledObject").ToList();
        Assert.Equal(3, scaled.Count);
        return
        [
            .. Rules().Select(rule => rule["expr"]!.GetValue<string>()),
            .. dashboards.SelectMany(dashboard => dashboard["panels"]!.AsArray()).SelectMany(panel => panel!["targets"]!.AsArray()).Select(target => target!["expr"]!.GetValue<string>()),
            .. scaled.SelectMany(item => item["spec"]!["triggers"]!.AsArray()).Select(trigger => trigger!["metadata"]!["query"]!.GetValue<string>()),
        ];
    }

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Strings();

    [GeneratedRegex(@"\b(?:by|on) \(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"(?<![\w:])(?<name>(?:zakenak|gen_ai)[\w:]*|up\b)(?:\{(?<labels>[^}]*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex(@"(\w+)(?:=~|!~|!=|=)")]
    private static partial Regex Label();

    [GeneratedRegex("^(.*)_(bucket|sum|count)$")]
    private static partial Regex HistogramPart();
}
