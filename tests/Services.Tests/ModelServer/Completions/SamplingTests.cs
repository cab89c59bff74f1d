using Zakenak.ModelServer.Loading;
using static Zakenak.Services.Tests.ModelServer.TestModelServer;

namespace Zakenak.Services.Tests.ModelServer.Completions;

public class SamplingTests
{
    [Fact]
    public async Task What_a_client_does_not_say_the_model_recommends_and_what_it_says_wins()
    {
        Assert.Equal([(0.25f, 0.75f), (0f, 0.75f), (0.25f, 1f), (1f, 1f), (0.25f, 0.75f)], await SampledAsync(new SamplingDefaults(0.25f, 0.75f)));
    }

    [Fact]
    public async Task Without_a_recommendation_the_defaults_are_those_of_openai()
    {
        Assert.Equal([(1f, 1f), (0f, 1f), (1f, 1f), (1f, 1f), (1f, 1f)], await SampledAsync(null));
    }

    /// <summary>How tokens were chosen for requests that say nothing, a temperature, a nucleus, both as OpenAI's defaults, and null for both.</summary>
    private static async Task<IEnumerable<(float Temperature, float TopP)>> SampledAsync(SamplingDefaults? recommended)
    {
        var backend = new FakeBackend();
        await using var server = await StartAsync(new FakeSource(backend, sampling: recommended));
        await server.AskAsync(Body("a"));
        await server.AskAsync(Body("a", ("temperature", 0)));
        await server.AskAsync(Body("a", ("top_p", 1)));
        await server.AskAsync(Body("a", ("temperature", 1), ("top_p", 1)));
        await server.AskAsync(Body("a", ("temperature", null), ("top_p", null)));
        return backend.Sampling.Select(options => (options.Temperature, options.TopP));
    }
}
