using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;

namespace Zakenak.Gateway.Resilience;

/// <content>Hedged requests: off by default, for what a slow replica costs in patience it costs in work.</content>
internal sealed partial class ReplicaSender
{
    /// <summary>Asks a second replica when the first has not begun to answer, takes whoever begins first, and cancels the other.</summary>
    private async Task<HttpResponseMessage> HedgeAsync(
        HttpRequestMessage message, InferenceRequest request, ModelServer server, TimeSpan patience, AnswerDeadline deadline)
    {
        // Cancelled only as loser: the winner's answer is read long after this method.
        var first = new Hedge(server, deadline.Token);
        var asked = first.Answer = AskAsync(message, request, server, first.Cancellation.Token);
        await Task.WhenAny(asked, Task.Delay(patience, time, deadline.Token));
        if (asked.IsCompleted || deadline.Token.IsCancellationRequested || gate.TryEnter(request, [server]) is not { } other)
            return await asked;
        if (!TrySpend(request, other))
            return await asked;

        using var again = new HttpRequestMessage(message.Method, other.AddressOf(request.Api!)) { Version = message.Version, VersionPolicy = message.VersionPolicy };
        foreach (var (name, values) in message.Headers)
            again.Headers.TryAddWithoutValidation(name, values);
        var second = new Hedge(other, deadline.Token);
        second.Answer = AskAsync(again, request, other, second.Cancellation.Token);

        // One that failed is no winner while the other may still answer.
        var (winner, loser) = await Task.WhenAny(first.Answer, second.Answer) == first.Answer ? (first, second) : (second, first);
        if (!winner.Answer.IsCompletedSuccessfully || (int)winner.Answer.Result.StatusCode >= 500)
        {
            await Task.WhenAny(loser.Answer);
            if (loser.Answer.IsCompletedSuccessfully)
                (winner, loser) = (loser, winner);
        }

        metrics.Hedged(winner == second ? ResilienceMetrics.Won : ResilienceMetrics.Lost);
        request.Server = request.Place = winner.Server;
        request.Loser = DismissAsync(loser, request);
        return await winner.Answer;
    }

    /// <summary>Cancelling closes the loser's connection, and that stops its work.</summary>
    private async Task DismissAsync(Hedge loser, InferenceRequest request)
    {
        var route = request.Route!;
        var failed = loser.Answer.IsFaulted;
        await loser.Cancellation.CancelAsync();
        await ((Task)loser.Answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (loser.Answer.IsCompletedSuccessfully)
            loser.Answer.Result.Dispose();
        loser.Cancellation.Dispose();
        gate.Leave(loser.Server, route, failed ? AttemptOutcome.Failed : AttemptOutcome.Abandoned);
    }

    private sealed class Hedge(ModelServer server, CancellationToken cancellation)
    {
        public ModelServer Server => server;

        public CancellationTokenSource Cancellation { get; } = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        public Task<HttpResponseMessage> Answer { get; set; } = null!;
    }
}
