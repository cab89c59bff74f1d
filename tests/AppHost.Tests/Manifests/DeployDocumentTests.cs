using System.Globalization;
using Zakenak.AppHost.Kubernetes;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What <c>docs/deploy.md</c> says is what is published.</summary>
public class DeployDocumentTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(PublishedSuite.Repository, "docs", "deploy.md"));

    [Fact]
    public void Every_template_is_explained()
    {
        var names = suite.Files("chart/templates").Keys.Where(name => name.EndsWith(".yaml", StringComparison.Ordinal)).Select(name => Path.GetFileName(name)).Distinct();
        Assert.All(names, name => Assert.Contains($"`{name}`", s_document, StringComparison.Ordinal));
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
}
