using System.Globalization;
using System.Net;
using Zakenak.Contracts;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Resilience;
using Zakenak.Gateway.Screening.Redaction;

namespace Zakenak.Gateway.Forwarding;

/// <summary>
/// What of a request reaches a model server, and what of its answer reaches the client. Built from nothing: no header of the
/// client (its key, its cookies, its trace) and of the model server's only the list of ignored parameters goes through.
/// </summary>
internal sealed class CompletionExchange(ReplicaSender sender, EventPump events, AnswerRelay answers)
{
    /// <summary>Asks once, of several replicas if need be. Where nothing was sent to the client, the request says why, as a fault or as unserved.</summary>
    public async Task RunAsync(HttpContext context, InferenceRequest request)
    {
        using var message = new HttpRequestMessage
        {
            Method = HttpMethod.Post,

            // HTTP/1.1 inside: one connection for each running request, so none waits for another's frames.
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        message.Headers.TryAddWithoutValidation(HeaderNames.RequestId, request.Id);
        message.Headers.TryAddWithoutValidation(HeaderNames.GrantHeader, request.Grant.Header);
        message.Headers.TryAddWithoutValidation(HeaderNames.Grant, request.Grant.ClaimsAndSignature);
        using var answer = await sender.SendAsync(message, request);
        if (request.Fault is not null || request.Unserved is not null)
            return;
        if (answer.StatusCode == HttpStatusCode.RequestEntityTooLarge
            && TokensIn(answer, HeaderNames.PromptTokens) is { } promptTokens && request.Tokens?.TryCorrect(promptTokens) == true)
            return;
        if (!answer.IsSuccessStatusCode && (TokensIn(answer, HeaderNames.UsedTokens) ?? UsedBefore(answer)) is { } used)
            request.Tokens?.Refuse(used);
        if (answer.Headers.TryGetValues(HeaderNames.IgnoredParameters, out var values) && string.Join(',', values) is var ignored && IsPrintable(ignored))
            context.Response.Headers[HeaderNames.IgnoredParameters] = ignored;
        context.Response.Headers[HeaderNames.Model] = request.Route!.Model.Id;
        var isStream = answer.IsSuccessStatusCode && request.Body!.Fields.Stream;

        // Nobody asked for it in another encoding.
        request.Fault = answer.Content.Headers.NonValidated.Contains("Content-Encoding") ? BackendFaults.Garbage
            : isStream && answer.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? await events.PumpAsync(context, request, answer)
            : await answers.RelayAsync(context, request, answer, isStream);
        request.ServerFailed |= (request.Fault is not null && request.Fault != RedactionFaults.TimedOut && !request.Deadline!.IsOver)
            || answer.StatusCode is >= HttpStatusCode.InternalServerError and not HttpStatusCode.ServiceUnavailable;
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
