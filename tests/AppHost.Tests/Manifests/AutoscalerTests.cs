namespace Zakenak.AppHost.Tests.Manifests;

public class AutoscalerTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    [Theory]
    [InlineData("none", null)]
    [InlineData("hpa", "HorizontalPodAutoscaler")]
    [InlineData("keda", "ScaledObject")]
    public void One_alone_says_how_many_pods_there_are(string by, string? kind)
    {
        var objects = suite.Chart($$"""
            {
              "gateway": { "autoscaling": { "by": "{{by}}" } }, "featureProxy": { "autoscaling": { "by": "{{by}}" } },
              "modelServer": {
                "autoscaling": { "by": "{{by}}" },
                "versions": [{ "name": "guide", "version": "v1", "replicas": 2, "sizeMiB": 6 }, { "name": "guide", "version": "v2", "replicas": 1, "sizeMiB": 10 }]
              }
            }
            """);

        var deployments = objects.Where(item => item.Kind() == "Deployment").ToList();
        Assert.Equal(["feature-proxy-deployment", "gateway-deployment", "model-server-guide-v1", "model-server-guide-v2"], deployments.Select(item => item.Name()).Order(StringComparer.Ordinal));
        Assert.All(deployments, item => Assert.Equal(by == "none", item["spec"]!["replicas"] is not null));

        var scalers = objects.Where(item => item.Kind() is "HorizontalPodAutoscaler" or "ScaledObject").ToList();
        Assert.All(scalers, item => Assert.Equal(kind, item.Kind()));
        Assert.Equal(
            kind is null ? [] : deployments.Select(item => item.Name()).Order(StringComparer.Ordinal),
            scalers.Select(item => item["spec"]!["scaleTargetRef"]!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal));
    }
}
