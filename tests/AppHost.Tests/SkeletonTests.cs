namespace Zakenak.AppHost.Tests;

public class SkeletonTests
{
    [Fact]
    public void The_project_runs_tests() => Assert.Equal("Zakenak.AppHost.Tests", typeof(SkeletonTests).Namespace);
}
