using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Peer = Zakenak.AppHost.Tests.Manifests.NetworkEvaluator.Peer;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>The emitted policies, evaluated over every pair of pods and every port, are the application model's edges: none is missing, none is more.</summary>
public class NetworkTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    private const int Dns = 53;
    private const int Otlp = 4318;

    private const int Vault = 8200;

    private static readonly Peer s_outside = new("outside", null, [], IPAddress.Parse("203.0.113.7"));
    private static readonly Peer s_apiServer = new("api-server", null, [], IPAddress.Parse("10.96.0.1"));
    private static readonly Peer s_stranger = new("stranger", Peer.OurNamespace, new() { ["app"] = "stranger" });
    private static readonly Peer s_prometheus = new("prometheus", "monitoring", []);
    private static readonly Peer s_dns = new("dns", "kube-system", []);
    private static readonly Peer s_dnsCache = new("dns-cache", null, [], IPAddress.Parse("169.254.20.10"));
    private static readonly Peer s_database = new("database", "databases", []);
    private static readonly Peer s_vault = new("vault", "vaults", []);
    private static readonly Peer s_identityProvider = new("identity-provider", null, [], IPAddress.Parse("198.51.100.7"));
    private static readonly Peer s_pipeline = new("pipeline", "operations", new() { ["app"] = "pipeline" });
    private static readonly Peer s_bystander = new("bystander", "operations", new() { ["app"] = "other" });
    private static readonly Peer s_collector = new("collector", "telemetry", []);

    [Theory]
    [InlineData("{}", false)]
    [InlineData(PublishedSuite.AllOptions, true)]
    public async Task Exactly_the_edges_of_the_application_model_are_open(string values, bool hasWaysOut)
    {
        var objects = suite.Chart(values);
        var pods = objects.Where(item => item.RunsPods()).Select(item => new Peer(
            (string)item.Pod()["serviceAccountName"]!,
            Peer.OurNamespace,
            item["spec"]!["template"]!["metadata"]!["labels"]!.AsObject().ToDictionary(label => label.Key, label => (string)label.Value!))).ToArray();
        Assert.Equal(suite.Services.Select(service => service.Name).Order(), pods.Select(pod => pod.Name).Distinct().Order());

        // Jobs are no services, and have edges too.
        pods = [.. pods, .. objects.Where(item => item.Kind() == "CronJob").Select(item => new Peer(
            item.Name(),
            Peer.OurNamespace,
            item["spec"]!["jobTemplate"]!["spec"]!["template"]!["metadata"]!["labels"]!.AsObject().ToDictionary(label => label.Key, label => (string)label.Value!)))];
        var expected = await ExpectedAsync(hasWaysOut);
        var network = new NetworkEvaluator(objects);
        Peer[] all = [.. pods, s_outside, s_apiServer, s_stranger, s_prometheus, s_dns, s_dnsCache, s_collector, s_database, s_vault, s_identityProvider, s_pipeline, s_bystander];
        int[] ports = [Dns, 80, 443, 4317, Otlp, 5432, 6443, 8080, Vault, 8443, 8444, 9090, 10250];
        var open = (from source in all
                    from target in all
                    from port in ports
                    where source != target && (source.IsOurs || target.IsOurs) && source != s_stranger && target != s_stranger
                    where network.Allows(source, target, port)
                    select (source.Name, target.Name, port)).ToHashSet();

        Assert.Equal(expected.Order(), open.Order());

        // Whoever else is in the namespace is shut in too, but for what is open to all.
        Assert.DoesNotContain(all, target => ports.Any(port => network.Allows(s_stranger, target, port)));
        Assert.DoesNotContain(pods, target => ports.Any(port => network.Allows(s_stranger, target, port) || network.Allows(target, s_stranger, port)));

        // Of UDP there is nothing but DNS.
        Assert.All(pods, pod => Assert.All(all, other => Assert.All(ports, port =>
            Assert.Equal(((other == s_dns || (hasWaysOut && other == s_dnsCache)) && port == Dns, false), (network.Allows(pod, other, port, "UDP"), other != pod && !other.IsOurs && network.Allows(other, pod, port, "UDP"))))));
    }

    [Fact]
    public void A_namespace_that_has_no_policy_is_open_to_the_evaluator()
    {
        var network = new NetworkEvaluator([]);
        Assert.True(network.Allows(s_stranger, s_outside, 443));
    }

    // The graph, read off the model: whoever is told an endpoint speaks to it.
    private async Task<HashSet<(string From, string To, int Port)>> ExpectedAsync(bool hasWaysOut)
    {
        var expected = new HashSet<(string, string, int)>();
        foreach (var service in suite.Services)
        {
            var context = new EnvironmentCallbackContext(new DistributedApplicationExecutionContext(DistributedApplicationOperation.Publish), service);
            foreach (var annotation in service.Annotations.OfType<EnvironmentCallbackAnnotation>())
                await annotation.Callback(context);

            foreach (var endpoint in context.EnvironmentVariables.Values.SelectMany(Endpoints).Where(endpoint => endpoint.Resource != service))
                expected.Add((service.Name, endpoint.Resource.Name, endpoint.TargetPort!.Value));

            expected.Add((service.Name, "dns", Dns));
            expected.Add(("prometheus", service.Name, 9090));
            if (hasWaysOut)
            {
                expected.Add((service.Name, "dns-cache", Dns));
                expected.Add((service.Name, "collector", Otlp));
                expected.Add((service.Name, "vault", Vault));
            }

            foreach (var external in service.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.IsExternal))
            {
                foreach (var client in new[] { "outside", "api-server", "prometheus", "dns", "dns-cache", "collector", "database", "vault", "identity-provider", "pipeline", "bystander" })
                    expected.Add((client, service.Name, external.TargetPort!.Value));
            }
        }

        if (hasWaysOut)
        {
            expected.Add(("gateway", "database", 5432));
            expected.Add(("model-registry", "database", 5432));
            expected.Add(("gateway", "identity-provider", 8443));
            expected.Add(("pipeline", "gateway", 8444));
            foreach (var edge in new[] { ("cert-authority", 8443), ("dns", Dns), ("dns-cache", Dns), ("api-server", 443), ("api-server", 6443) })
                expected.Add(("prometheus-identity", edge.Item1, edge.Item2));
        }

        expected.Add(("cert-authority", "api-server", 443));
        expected.Add(("cert-authority", "api-server", 6443));

        // The picture of the suite, said once more: a graph that came out empty would prove nothing.
        Assert.Contains(("gateway", "model-server", 8443), expected);
        Assert.Contains(("model-server", "model-registry", 8443), expected);
        Assert.Contains(("model-server", "feature-proxy", 8443), expected);
        Assert.Equal(hasWaysOut ? 5 : 4, expected.Count(edge => edge is { Item2: "cert-authority", Item3: 8443 }));
        return expected;
    }

    private static IEnumerable<EndpointReference> Endpoints(object value) => value switch
    {
        EndpointReference endpoint => [endpoint],
        EndpointReferenceExpression part => [part.Endpoint],
        ReferenceExpression expression => expression.ValueProviders.SelectMany(Endpoints),
        _ => [],
    };
}
