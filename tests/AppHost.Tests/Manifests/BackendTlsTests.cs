namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What a Gateway is told about the certificate that it will see is what the gateway shows.</summary>
public class BackendTlsTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    [Theory]
    [InlineData("""{ "edge": { "route": { "enabled": true } } }""", "gateway-service", "zakenak-trust-bundle")]
    [InlineData("""{ "edge": { "host": "llm.example.com", "certificateSecret": "edge", "route": { "enabled": true } } }""", "llm.example.com", null)]
    [InlineData("""{ "edge": { "host": "llm.example.com", "certificateSecret": "edge", "route": { "enabled": true, "tls": { "caConfigMap": "corp-roots" } } } }""", "llm.example.com", "corp-roots")]
    public void The_policy_names_the_host_and_the_roots_of_the_certificate(string values, string host, string? roots)
    {
        var objects = suite.Chart(values);
        var policy = objects.Single(item => item.Kind() == "BackendTLSPolicy");
        var validation = policy["spec"]!["validation"]!;
        Assert.Equal(host, (string)validation["hostname"]!);
        Assert.Equal(roots, (string?)validation["caCertificateRefs"]?[0]!["name"]);
        Assert.Equal(roots is null ? "System" : null, (string?)validation["wellKnownCACertificates"]);

        // The Service and the port of the route's own backend, and a name in the certificate that its pods show.
        var target = Assert.Single(policy["spec"]!["targetRefs"].Items());
        var backend = objects.Single(item => item.Kind() == "HTTPRoute")["spec"]!["rules"]![0]!["backendRefs"]![0]!;
        Assert.Equal((string)backend["name"]!, (string)target["name"]!);
        var port = objects.Single(item => item.Kind() == "Service" && item.Name() == (string)target["name"]!)["spec"]!["ports"].Items().Single(item => (string)item["name"]! == (string)target["sectionName"]!);
        Assert.Equal((int)backend["port"]!, (int)port["port"]!);
        Assert.Contains(host, Documents.SettingsOf(objects, "cert-authority").Where(setting => setting.Key.StartsWith("CertAuthority:DnsNames:gateway:", StringComparison.Ordinal)).Select(setting => setting.Value));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "edge": { "route": { "enabled": true, "tls": { "enabled": false } } } }""")]
    public void There_is_none_where_nobody_asked(string values) => Assert.DoesNotContain(suite.Chart(values), item => item.Kind() == "BackendTLSPolicy");
}
