namespace Zakenak.AppHost.Tests.Suite;

/// <summary>The <c>openai</c> package of npm, unmodified; the calls are in <c>tests/Clients/openai-npm/suite.mjs</c>.</summary>
[Collection(nameof(SuiteTests))]
public sealed class OpenAiNpmTests(OpenAiNpmTests.Run run) : IClassFixture<OpenAiNpmTests.Run>
{
    [Theory]
    [InlineData("chat")]
    [InlineData("stream")]
    [InlineData("stream_helper")]
    [InlineData("tools")]
    [InlineData("tools_streamed")]
    [InlineData("json_schema")]
    [InlineData("several_answers")]
    [InlineData("logprobs")]
    [InlineData("seed")]
    [InlineData("embeddings")]
    [InlineData("completions")]
    [InlineData("responses")]
    [InlineData("responses_stream")]
    [InlineData("responses_tools")]
    [InlineData("responses_schema")]
    [InlineData("responses_store_nothing")]
    [InlineData("models")]
    [InlineData("wrong_key")]
    [InlineData("unknown_model")]
    [InlineData("bad_parameter")]
    [InlineData("abort")]
    public void The_openai_package_is_answered_as_it_expects(string name)
    {
        Assert.SkipWhen(run.Skip is not null, run.Skip ?? "");
        Assert.True(run.Cases.TryGetValue(name, out var why), "The case did not run.");
        Assert.Null(why);
    }

    public sealed class Run(SuiteFixture suite) : NpmClientRun(suite, "openai");
}
