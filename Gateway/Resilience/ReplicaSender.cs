using System.Net;
using System.Net.Mime;
using Zakenak.Contracts;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Refusals;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Resilience;

/// <summary>
/// Takes a request to a replica, and to another one as long as that is safe: when no connection could be made, or the replica refused it
/// before any work and said when to come again. A request that may have been read is never sent twice. It stands between YARP and the
/// connections, so that of several attempts YARP sees one.
/// </summary>
internal sealed partial class ReplicaSender(
    ReplicaGate gate, RetryBudget budget, ResilienceMetrics metrics, LiveOptions<ResilienceOptions> live, ModelServerClient connections,
    GrantMint mint, TimeProvider time, ILogger<ReplicaSender> logger) : DelegatingHandler(connections)
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(2);
    private static readonly string[] _nothing = ["0"];

    /// <summary>Whose message it is.</summary>
    public static readonly HttpRequestOptionsKey<InferenceRequest> Of = new("zakenak.request");

    /// <summary>An answer's beginning; or, with the request's fault or refusal set, an empty message in its place.</summary>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        message.Options.TryGetValue(Of, out var request);
        var deadline = request!.Deadline!;
        var options = live.Current;
        HashSet<ModelServer>? tried = null;
        budget.Earn(options.RetryShare);

        var entering = gate.EnterAsync(request, tried, deadline.Token);
        var waits = !entering.IsCompleted;
        if (waits)
            deadline.Allow(options.TotalTimeout);
        var server = await entering;
        for (var attempt = 1; server is not null; attempt++)
        {
            if (waits || attempt > 1)
                SignAgain(message, request);
            request.Server = server;
            request.Place = server;
            request.Tokens?.Send();
            deadline.Allow(options.FirstByteTimeout);
            try
            {
                var answer = options.HedgeAfter is { } patience
                    ? await HedgeAsync(message, request, server, patience, deadline)
                    : await AskAsync(message, request, server, deadline.Token);
                server = request.Server!;
                server.TakeLoad(answer);
                if (!IsRefusedBeforeWork(answer))
                    return answer;

                // Only where another one can take it at once: a refusal says when to come again, a line in front of the next replica doesn't.
                (tried ??= []).Add(server);
                if (attempt >= options.MaxAttempts || gate.TryEnter(request, tried) is not { } other)
                    return answer;
                if (!TrySpend(request, other))
                    return answer;
                answer.Dispose();
                Depart(request, server, AttemptOutcome.Answered);
                metrics.Retried(ResilienceMetrics.Refused);
                server = other;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                server = request.Server!;
                if (deadline.ClientLeft)
                {
                    Depart(request, server, AttemptOutcome.Abandoned);
                    throw;
                }

                var fault = e is OperationCanceledException && deadline.IsOver ? deadline.Reason : BackendFaults.Of(e);
                metrics.Failed(server, fault.Code);
                ForwardingFailed(logger, request.Id, server.Origin, fault.Code, e.InnerException?.Message ?? e.Message);
                Depart(request, server, deadline.IsOver ? AttemptOutcome.Abandoned : AttemptOutcome.Failed);
                if (!ConnectionFault.Is(e))
                {
                    request.Fault = fault;
                    return new HttpResponseMessage();
                }

                // Nothing was sent.
                request.Tokens?.TakeBack();
                server.AskNow();
                (tried ??= []).Add(server);
                deadline.Allow(options.TotalTimeout);
                server = attempt < options.MaxAttempts && budget.TrySpend() ? await gate.EnterAsync(request, tried, deadline.Token) : null;
                if (server is not null)
                    metrics.Retried(ResilienceMetrics.Unreachable);
            }
        }

        request.Unserved ??= ApiRefusals.ModelUnavailable(_retryAfter);
        return new HttpResponseMessage();
    }

    private Task<HttpResponseMessage> AskAsync(HttpRequestMessage message, InferenceRequest request, ModelServer server, CancellationToken cancellation)
    {
        message.RequestUri = server.AddressOf(request.Api!);

        // YARP's own content reads the client's stream, which can be done once.
        message.Content = new ReadOnlyMemoryContent(request.Outgoing);
        message.Content.Headers.TryAddWithoutValidation("Content-Type", MediaTypeNames.Application.Json);
        return base.SendAsync(message, cancellation);
    }

    /// <summary>A grant's life begins when it is sent: time that has passed since the first, or a clock that was set meanwhile, costs none of it.</summary>
    private void SignAgain(HttpRequestMessage message, InferenceRequest request)
    {
        request.Grant = mint.Mint(request);
        message.Headers.Remove(HeaderNames.Grant);
        message.Headers.TryAddWithoutValidation(HeaderNames.Grant, request.Grant.Jws);
    }

    private void Depart(InferenceRequest request, ModelServer server, AttemptOutcome outcome)
    {
        request.Place = null;
        gate.Leave(server, request.Route!, outcome);
    }

    /// <summary>False with the place given back when second attempts have no budget left.</summary>
    private bool TrySpend(InferenceRequest request, ModelServer other)
    {
        if (budget.TrySpend())
            return true;
        gate.Leave(other, request.Route!, AttemptOutcome.Abandoned);
        return false;
    }

    /// <summary>A model server that stops, loads or has a full queue says when to come again, and that it took nothing.</summary>
    private static bool IsRefusedBeforeWork(HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests
        && answer.Headers.RetryAfter is not null
        && answer.Headers.TryGetValues(HeaderNames.UsedTokens, out var used) && used.SequenceEqual(_nothing);

    [LoggerMessage(LogLevel.Warning, "Failed to forward request {RequestId} to {Server}: {Fault}, {Reason}")]
    private static partial void ForwardingFailed(ILogger logger, string requestId, string server, string fault, string? reason);
}
