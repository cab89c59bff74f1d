namespace Zakenak.Services.Tests;

public class SkeletonTests
{
    [Fact]
    public void The_project_runs_tests() => Assert.Equal("Zakenak.Services.Tests", typeof(SkeletonTests).Namespace);
}
