using Zakenak.RandomModel;

namespace Zakenak.AppHost.Tests.Suite;

[Collection(nameof(SuiteTests))]
public sealed class FaultTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_server_killed_under_a_stream_ends_it_cleanly_and_the_next_request_works()
    {
        // A model of random weights never ends its answer by itself, and this one takes seconds for it.
        using var own = await AdoptedModel.ImportAsync(ModelShape.Small);
        await using var suite = AppHostProcess.Start(own.StateFolder, "--model", "mine:v1");
        await suite.WaitUntilReadyAsync(Cancelled);
        using var client = suite.CreateClient();

        using var response = await ChatStream.OpenAsync(
            client, ChatStream.Request("Go on.", stream: true, maxTokens: 1500, model: "mine:v1"), Cancelled);
        var events = new List<string>();
        await foreach (var data in ChatStream.EventsAsync(response, Cancelled))
        {
            events.Add(data);
            if (events.Count == 5)
            {
                await AppHostProcess.SignalAsync(Assert.Single(suite.Processes("ModelServer.dll")), "KILL");
            }
        }

        Assert.Contains("\"error\"", events[^1], StringComparison.Ordinal);
        Assert.Contains("backend_lost", events[^1], StringComparison.Ordinal);
        await AnsweredAgainAsync(client);
    }

    private static async Task AnsweredAgainAsync(HttpClient client)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var response = await ChatStream.OpenAsync(client, ChatStream.Request("Hello", maxTokens: 4, model: "mine:v1"), timeout.Token);
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(100, timeout.Token);
        }
    }
}
