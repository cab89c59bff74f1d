using System.Globalization;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Features;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Structured;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.ModelServer.Completions;

/// <summary><c>POST /v1/chat/completions</c>: everything that can refuse a request comes before the queue, in the order of its cost.</summary>
public sealed class ChatCompletionsEndpoint(ServedModel served, FeatureFacts features, RequestReporting reporting, IOptions<CompletionsOptions> options, TimeProvider time)
{
    /// <summary>Answers one request and leaves its one log line.</summary>
    public Task HandleAsync(HttpContext context) => reporting.HandleAsync(context, "chat", AnswerAsync);

    private async Task<Refusal?> AnswerAsync(HttpContext context, RequestReport report)
    {
        var verified = context.GetGrant();
        var grant = verified.Grant;
        report.Tenant = grant.Tenant;
        var (body, unreadable) = await RequestBody.ReadAsync(context.Request, options.Value.MaxBodyBytes).ConfigureAwait(false);
        if (unreadable is not null)
        {
            return unreadable;
        }

        var (request, invalid) = ChatRequestParser.Parse(body);
        if (request is null)
        {
            return invalid;
        }

        if (KnownParameters.Report(context, request.Ignored, options.Value) is { } unknown)
        {
            return unknown;
        }

        if (served.Current is not { } model)
        {
            // The reason's sentence names folders of this machine: it is for the log and for /healthz.
            return new Refusal(StatusCodes.Status503ServiceUnavailable, served.Reason.Code, "The model is not ready.", RetryAfterSeconds: 5);
        }

        (report.Model, report.Digest) = (model.Id, model.Digest);
        // The grant says which model was chosen; the body's word for it is the client's own, and may name one that this one stands in for.
        if (!model.Answers(grant.Model))
        {
            return new Refusal(StatusCodes.Status403Forbidden, "grant_model_mismatch", "The grant is for another model.", "model");
        }

        var (plan, unfit) = AnswerPlan.Make(model, request.Tools, request.Format);
        if (plan is null)
        {
            return unfit;
        }

        var (turns, unavailable) = await features.AddAsync(request, model.Template, verified, context.RequestAborted).ConfigureAwait(false);
        if (turns is null)
        {
            return unavailable;
        }

        var (sequences, tooLong, overBudget) = PromptAdmission.Admit(model, request, plan, turns, grant, options.Value.DefaultMaxTokens);
        if (overBudget is { } promptTokens)
        {
            context.Response.Headers[HeaderNames.PromptTokens] = promptTokens.ToString(CultureInfo.InvariantCulture);
        }

        return sequences is null ? tooLong : await AnswerAsync(context, model, sequences, request, plan, report).ConfigureAwait(false);
    }

    private async Task<Refusal?> AnswerAsync(
        HttpContext context, LoadedModel model, IReadOnlyList<Sequence> sequences, ChatRequest request, AnswerPlan plan, RequestReport report)
    {
        if (Refused(model, model.Engine.Submit(sequences)) is { } refusal)
        {
            return refusal;
        }

        (report.Usage, report.Answers) = (new Usage(sequences[0].Prompt.Length, 0), sequences.Count);
        var identity = new CompletionIdentity("chatcmpl-" + context.GetRequestId(), time.GetUtcNow().ToUnixTimeSeconds(), model.Id);
        return await new Answer(model, sequences, request, plan, identity, report, time).SendAsync(context).ConfigureAwait(false);
    }

    private static Refusal? Refused(LoadedModel model, SubmitResult result) => result switch
    {
        SubmitResult.QueueFull => new Refusal(
            StatusCodes.Status429TooManyRequests,
            "queue_full",
            "Too many requests are waiting; try again later.",
            RetryAfterSeconds: model.Engine.RetryAfterSeconds),
        SubmitResult.Stalled => new Refusal(
            StatusCodes.Status503ServiceUnavailable, "engine_stalled", "The model makes no progress; try again.", RetryAfterSeconds: 5),
        SubmitResult.Stopped => new Refusal(
            StatusCodes.Status503ServiceUnavailable, "server_stopping", "The server is stopping; try again.", RetryAfterSeconds: 1),
        _ => null,
    };
}
