namespace Zakenak.ModelTrust.Tests;

public class SkeletonTests
{
    [Fact]
    public void The_project_runs_tests() => Assert.Equal("Zakenak.ModelTrust.Tests", typeof(SkeletonTests).Namespace);
}
