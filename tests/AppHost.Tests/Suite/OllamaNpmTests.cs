namespace Zakenak.AppHost.Tests.Suite;

/// <summary>The <c>ollama</c> package of npm, unmodified; the calls are in <c>tests/Clients/ollama-npm/suite.mjs</c>.</summary>
[Collection(nameof(SuiteTests))]
public sealed class OllamaNpmTests(OllamaNpmTests.Run run) : IClassFixture<OllamaNpmTests.Run>
{
    [Theory]
    [InlineData("chat")]
    [InlineData("chat_stream")]
    [InlineData("length")]
    [InlineData("system_and_turns")]
    [InlineData("generate")]
    [InlineData("generate_stream")]
    [InlineData("format_schema")]
    [InlineData("tools")]
    [InlineData("tool_results")]
    [InlineData("embed")]
    [InlineData("list")]
    [InlineData("show")]
    [InlineData("version")]
    [InlineData("latest_is_the_newest")]
    [InlineData("errors")]
    [InlineData("abort")]
    public void The_ollama_package_is_answered_as_it_expects(string name)
    {
        Assert.SkipWhen(run.Skip is not null, run.Skip ?? "");
        Assert.True(run.Cases.TryGetValue(name, out var why), "The case did not run.");
        Assert.Null(why);
    }

    public sealed class Run(SuiteFixture suite) : NpmClientRun(suite, "ollama");
}
