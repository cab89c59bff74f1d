using System.Text.Json.Nodes;
using Zakenak.AppHost.Kubernetes;

namespace Zakenak.AppHost.Tests.Manifests;

public class MonitorTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    [Fact]
    public void Each_service_is_scraped_once_by_the_name_in_its_certificate()
    {
        var objects = suite.Chart("""{ "observability": { "serviceMonitor": { "enabled": true } } }""");
        var names = Documents.SettingsOf(objects, "cert-authority");
        var monitors = objects.Where(item => item.Kind() == "ServiceMonitor").ToList();
        Assert.Equal(ServiceShape.All.Select(shape => shape.Name).Order(StringComparer.Ordinal), monitors.Select(item => item.Name()).Order(StringComparer.Ordinal));
        foreach (var monitor in monitors)
        {
            var endpoint = Assert.Single(monitor["spec"]!["endpoints"].Items());
            Assert.Equal(names[$"CertAuthority:DnsNames:{monitor.Name()}:0"], (string)endpoint["tlsConfig"]!["serverName"]!);

            // A pod behind two Services with the port would be scraped twice.
            var selector = (JsonObject)monitor["spec"]!["selector"]!["matchLabels"]!;
            var port = Assert.Single(
                objects.Where(item => item.Kind() == "Service" && HasLabels(item["metadata"]!["labels"], selector)).SelectMany(item => item["spec"]!["ports"].Items()),
                item => (string)item["name"]! == (string)endpoint["port"]!);
            var pod = objects.Single(item => item.RunsPods() && HasLabels(item["metadata"]!["labels"], selector)).Pod();
            Assert.Contains(pod["containers"].Items().SelectMany(container => container["ports"].Items()), item =>
                JsonNode.DeepEquals(item["containerPort"], port["targetPort"]) || JsonNode.DeepEquals(item["name"], port["targetPort"]));
        }
    }

    private static bool HasLabels(JsonNode? labels, JsonObject selector) => selector.All(label => JsonNode.DeepEquals(labels?[label.Key], label.Value));
}
