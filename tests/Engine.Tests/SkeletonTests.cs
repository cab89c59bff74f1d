namespace Zakenak.Engine.Tests;

public class SkeletonTests
{
    [Fact]
    public void The_project_runs_tests() => Assert.Equal("Zakenak.Engine.Tests", typeof(SkeletonTests).Namespace);
}
