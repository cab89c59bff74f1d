using System.Diagnostics;
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

    [Fact]
    public async Task A_job_that_is_walled_in_as_services_are_keeps_what_Prometheus_is_known_by_fresh()
    {
        var objects = suite.Chart("""{ "observability": { "serviceMonitor": { "enabled": true, "clientSecret": "known-by" } } }""");
        var job = objects.Single(item => item.Kind() == "CronJob");
        var pod = (JsonObject)job["spec"]!["jobTemplate"]!["spec"]!["template"]!["spec"]!;
        Assert.All(RestrictedPods.Controls, control => Assert.True(control.Value(pod), control.Key));
        var container = Assert.Single(pod.AllContainers());
        Assert.True((bool)container["securityContext"]!["readOnlyRootFilesystem"]!);
        Assert.Equal("prometheus", (string)pod["serviceAccountName"]!);
        Assert.False((bool)pod["automountServiceAccountToken"]!);
        Assert.Contains(objects, item => item.Kind() == "ServiceAccount" && item.Name() == "prometheus");

        // It may change the one Secret that Prometheus reads, and do nothing else.
        var rule = Assert.Single(objects.Single(item => item.Kind() == "Role" && item.Name() == "prometheus-identity")["rules"].Items());
        Assert.Equal(("secrets", "known-by", "patch"), (One(rule["resources"]), One(rule["resourceNames"]), One(rule["verbs"])));
        Assert.All(objects.Where(item => item.Kind() == "ServiceMonitor"), item => Assert.Equal("known-by", (string)item["spec"]!["endpoints"]![0]!["tlsConfig"]!["keySecret"]!["name"]!));

        // The command line knows what it is asked for: all that it lacks here is the authority.
        string[] arguments = [.. container["args"]!.AsArray().Select(argument => (string)argument!)];
        Assert.Equal("known-by", arguments[Array.IndexOf(arguments, "--secret") + 1]);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [DescribedService.AssemblyOf("Cli", "zakenak"), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, process.ExitCode);
        Assert.StartsWith("enrollment_refused: ", errors, StringComparison.Ordinal);

        Assert.DoesNotContain(suite.Chart("""{ "observability": { "serviceMonitor": { "enabled": true, "renewal": { "enabled": false } } } }"""), item => item.Kind() == "CronJob");

        static string One(JsonNode? list) => (string)Assert.Single(list!.AsArray())!;
    }

    private static bool HasLabels(JsonNode? labels, JsonObject selector) => selector.All(label => JsonNode.DeepEquals(labels?[label.Key], label.Value));
}
