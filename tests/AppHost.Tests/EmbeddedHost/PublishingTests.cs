#pragma warning disable ASPIREPIPELINES001
using Aspire.Hosting;
using EmbeddedHost.Publishing;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

/// <summary>Publishing instead of running.</summary>
public class PublishingTests
{
    [Fact]
    public void Steps_come_in_the_order_of_what_they_wait_for()
    {
        var pipeline = new PublishingPipeline();
        pipeline.AddStep("finish", _ => Task.CompletedTask, dependsOn: "publish-k8s", requiredBy: "publish");
        pipeline.AddStep("publish-k8s", _ => Task.CompletedTask, dependsOn: "publish-prereq", requiredBy: new[] { "publish" });

        Assert.Equal(["publish-prereq", "publish-k8s", "finish", "publish"], pipeline.Order("publish"));
    }

    [Fact]
    public void A_step_that_waits_for_itself_is_refused()
    {
        var pipeline = new PublishingPipeline();
        pipeline.AddStep("a", _ => Task.CompletedTask, dependsOn: "b", requiredBy: "publish");
        pipeline.AddStep("b", _ => Task.CompletedTask, dependsOn: "a");

        Assert.Contains("waits for itself", Assert.Throws<DistributedApplicationException>(() => pipeline.Order("publish")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_of_this_machine_cannot_be_published_and_what_was_published_stays()
    {
        var output = Directory.CreateTempSubdirectory("zakenak-publish-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(output, "Chart.yaml"), "old");
            await using var builder = RunningHost.Builder("--operation", "publish", "--output-path", output);
            builder.AddKubernetesEnvironment("k8s").WithDashboard(false);
            builder.AddExecutable("tool", "true", ".");

            var refused = await Assert.ThrowsAsync<DistributedApplicationException>(() => RunningHost.StartAsync(builder));
            Assert.Contains("'tool' cannot be published", refused.Message, StringComparison.Ordinal);
            Assert.Contains("To fix it", refused.Message, StringComparison.Ordinal);
            Assert.Equal("old", await File.ReadAllTextAsync(Path.Combine(output, "Chart.yaml")));
            Assert.Single(Directory.GetFileSystemEntries(output));
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }
}
