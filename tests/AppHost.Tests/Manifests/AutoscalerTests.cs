using System.Text.RegularExpressions;

namespace Zakenak.AppHost.Tests.Manifests;

public partial class AutoscalerTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    [Theory]
    [InlineData("none", null, true)]
    [InlineData("hpa", "HorizontalPodAutoscaler", true)]
    [InlineData("hpa", "HorizontalPodAutoscaler", false)]
    [InlineData("keda", "ScaledObject", true)]
    [InlineData("keda", "ScaledObject", false)]
    public void One_alone_says_how_many_pods_there_are(string by, string? kind, bool persistent)
    {
        var gateway = persistent ? "gateway-stateful" : "gateway-deployment";
        var objects = suite.Chart($$"""
            {
              "gateway": { "autoscaling": { "by": "{{by}}" }, "storage": { "persistent": {{(persistent ? "true" : "false")}} } }, "featureProxy": { "autoscaling": { "by": "{{by}}" } },
              "modelServer": {
                "autoscaling": { "by": "{{by}}" },
                "versions": [{ "name": "guide", "version": "v1", "replicas": 2, "sizeMiB": 6 }, { "name": "guide", "version": "v2", "replicas": 1, "sizeMiB": 10 }]
              }
            }
            """);

        var scaled = objects.Where(item => item.RunsPods() && item.Name() is not ("cert-authority-stateful" or "model-registry-stateful")).ToList();
        Assert.Equal([.. new[] { "feature-proxy-deployment", gateway, "model-server-guide-v1", "model-server-guide-v2" }.Order(StringComparer.Ordinal)], scaled.Select(item => item.Name()).Order(StringComparer.Ordinal));
        Assert.All(scaled, item => Assert.Equal(by == "none", item["spec"]!["replicas"] is not null));

        var scalers = objects.Where(item => item.Kind() is "HorizontalPodAutoscaler" or "ScaledObject").ToList();
        Assert.All(scalers, item => Assert.Equal(kind, item.Kind()));
        Assert.Equal(
            kind is null ? [] : scaled.Select(item => $"{item.Kind()} {item.Name()}").Order(StringComparer.Ordinal),
            scalers.Select(item => $"{item["spec"]!["scaleTargetRef"]!["kind"]} {item["spec"]!["scaleTargetRef"]!["name"]}").Order(StringComparer.Ordinal));

        // What KEDA counts are these very pods, by their names.
        Assert.All(scalers.Where(item => item.Kind() == "ScaledObject"), item => Assert.All(item["spec"]!["triggers"].Items(), trigger =>
        {
            var pods = PodPattern().Match((string)trigger["metadata"]!["query"]!).Groups[1].Value;
            var (target, stateful) = ((string)item["spec"]!["scaleTargetRef"]!["name"]!, (string)item["spec"]!["scaleTargetRef"]!["kind"]! == "StatefulSet");
            Assert.Matches($"^(?:{pods})$", target + (stateful ? "-10" : "-5d4f8c7b9-x2x9z"));
            Assert.DoesNotMatch($"^(?:{pods})$", target + (stateful ? "-5d4f8c7b9-x2x9z" : "-10"));
        }));
    }

    [GeneratedRegex("pod=~\"([^\"]+)\"")]
    private static partial Regex PodPattern();
}
