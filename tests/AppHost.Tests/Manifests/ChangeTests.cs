using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What becomes of the output when the application model changes, or can't be published.</summary>
public sealed class ChangeTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("zakenak-changes-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public async Task A_changed_port_changes_only_the_files_of_the_service_and_of_who_calls_it()
    {
        await PublishAsync(_ => { });
        var before = Files();
        await PublishAsync(resources =>
        {
            var endpoint = EndpointOf(resources, "feature-proxy");
            (endpoint.Port, endpoint.TargetPort) = (8444, 8444);
        });
        var after = Files();

        Assert.Equal(before.Keys, after.Keys);
        var changed = after.Where(file => before[file.Key] != file.Value).Select(file => file.Key).ToArray();
        string[] expected = ["feature-proxy/config.yaml", "feature-proxy/deployment.yaml", "feature-proxy/network.yaml", "feature-proxy/service.yaml",
            "model-server/config.yaml", "model-server/deployment.yaml", "model-server/network.yaml"];
        Assert.Equal(
            [.. expected.SelectMany(file => new[] { "chart/templates/" + file, "kustomize/base/" + file }).Concat(["compose/config/feature-proxy.json", "compose/config/model-server.json"]).Order(StringComparer.Ordinal)],
            changed);
    }

    [Fact]
    public async Task A_model_that_has_no_form_in_a_cluster_is_refused_with_the_fix_and_the_old_output_stays()
    {
        await PublishAsync(_ => { });
        await File.WriteAllTextAsync(Path.Combine(_output, "mine.txt"), "not of the publisher");
        var before = Files();

        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(() => PublishAsync(resources =>
        {
            var endpoint = EndpointOf(resources, "gateway");
            (endpoint.Port, endpoint.TargetPort) = (null, null);
        }));

        Assert.Contains("'gateway' cannot be published", refused.Message, StringComparison.Ordinal);
        Assert.Contains("To fix it, give it one", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task What_a_stopped_publisher_left_is_not_taken_for_the_next_ones()
    {
        await PublishAsync(_ => { });
        var before = Files();
        var left = Directory.CreateDirectory(Path.Combine(_output, "templates", "old-service")).FullName;
        await File.WriteAllTextAsync(Path.Combine(left, "deployment.yaml"), "kind: \"Deployment\"\n");
        await PublishAsync(_ => { });

        Assert.Equal(before, Files());
    }

    private static EndpointAnnotation EndpointOf(IResourceCollection resources, string service) =>
        resources.Single(resource => resource.Name == service).Annotations.OfType<EndpointAnnotation>().Single(endpoint => endpoint.Name == "https");

    private SortedDictionary<string, string> Files() => new(
        Directory.EnumerateFiles(_output, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(_output, file).Replace('\\', '/'), File.ReadAllText),
        StringComparer.Ordinal);

    private async Task PublishAsync(Action<IResourceCollection> change)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--operation", "publish", "--step", "publish", "--output-path", _output]);
        change(builder.Resources);
        await using var app = await builder.BuildAsync();
        await app.StartAsync();
    }
}
