using System.Globalization;
using System.Net;
using Yarp.ReverseProxy.Forwarder;
using Zakenak.Contracts;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Screening.Redaction;

namespace Zakenak.Gateway.Forwarding;

/// <summary>
/// What of a request reaches a model server, and what of its answer reaches the client. Built from nothing: no header of the
/// client (its key, its cookies, its trace) and of the model server's only the list of ignored parameters goes through.
/// </summary>
internal sealed class CompletionTransformer(EventPump events, AnswerRelay answers) : HttpTransformer
{
    /// <summary>Which replica is asked is decided further down.</summary>
    private static readonly Uri _anywhere = new("https://model-server/");

    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        var request = httpContext.Inference();
        proxyRequest.RequestUri = _anywhere;
        proxyRequest.Options.Set(ReplicaSender.Of, request);
        proxyRequest.Headers.TryAddWithoutValidation(HeaderNames.RequestId, request.Id);
        proxyRequest.Headers.TryAddWithoutValidation(HeaderNames.Grant, request.Grant.Jws);
        return default;
    }

    /// <summary>Always false: the body was sent here, where a model server's death can be told from the end of its answer.</summary>
    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
            return false;
        var request = httpContext.Inference();
        if (request.Fault is not null || request.Unserved is not null)
            return false;
        if (proxyResponse.StatusCode == HttpStatusCode.RequestEntityTooLarge
            && TokensIn(proxyResponse, HeaderNames.PromptTokens) is { } promptTokens && request.Tokens?.TryCorrect(promptTokens) == true)
            return false;
        if (!proxyResponse.IsSuccessStatusCode && (TokensIn(proxyResponse, HeaderNames.UsedTokens) ?? UsedBefore(proxyResponse)) is { } used)
            request.Tokens?.Refuse(used);
        if (proxyResponse.Headers.TryGetValues(HeaderNames.IgnoredParameters, out var values) && string.Join(',', values) is var ignored && IsPrintable(ignored))
            httpContext.Response.Headers[HeaderNames.IgnoredParameters] = ignored;
        httpContext.Response.Headers[HeaderNames.Model] = request.Route!.Model.Id;
        var isStream = proxyResponse.IsSuccessStatusCode && request.Body!.Fields.Stream;
        try
        {
            // Nobody asked for it in another encoding.
            request.Fault = proxyResponse.Content.Headers.NonValidated.Contains("Content-Encoding") ? BackendFaults.Garbage
                : isStream && proxyResponse.Content.Headers.ContentType?.MediaType == "text/event-stream"
                ? await events.PumpAsync(httpContext, proxyResponse)
                : await answers.RelayAsync(httpContext, request, proxyResponse, isStream);
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told. The forwarder would try to, and fail on a response that has begun.
        }

        request.ServerFailed |= (request.Fault is not null && request.Fault != RedactionFaults.TimedOut && !request.Deadline!.IsOver)
            || proxyResponse.StatusCode is >= HttpStatusCode.InternalServerError and not HttpStatusCode.ServiceUnavailable;
        return false;
    }

    /// <summary>Requests are faulty before anything is done for them; who fails must say what was done until then.</summary>
    private static int? UsedBefore(HttpResponseMessage refusal) => (int)refusal.StatusCode is >= 400 and < 500 ? 0 : null;

    /// <summary>What else a header may hold on the way in, it may not hold on the way out.</summary>
    private static bool IsPrintable(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static int? TokensIn(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
        && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var tokens)
            ? tokens
            : null;
}
