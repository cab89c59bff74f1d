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
public sealed class ChatCompletionsEndpoint(
    ServedModel served,
    FeatureFacts features,
    CompletionMetrics metrics,
    UsageLedger ledger,
    IOptions<CompletionsOptions> options,
    TimeProvider time,
    ILogger<ChatCompletionsEndpoint> logger)
{
    /// <summary>Answers one request and leaves its one log line.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);

        // What stands there if an exception passes: it is answered, and logged, by whoever is around this endpoint.
        var report = new RequestReport(time.GetTimestamp()) { Status = StatusCodes.Status500InternalServerError, FinishReason = "internal_error" };
        Refusal? refusal = null;
        try
        {
            refusal = await AnswerAsync(context, report).ConfigureAwait(false);
            if (refusal is not null)
            {
                report.FinishReason = refusal.Code;
                report.WriteUsedTokens(context.Response);
                await context.RefuseAsync(refusal).ConfigureAwait(false);
            }

            report.Status = context.Response.StatusCode;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            (report.Status, report.FinishReason) = (StatusCodes.Status499ClientClosedRequest, "cancelled");
            context.Abort();
        }
        finally
        {
            if (refusal is null)
            {
                ledger.Add(context.GetGrant().Grant.RequestId, report.Usage);
            }

            Leave(context, report);
        }
    }

    private async Task<Refusal?> AnswerAsync(HttpContext context, RequestReport report)
    {
        var (grant, jws) = context.GetGrant();
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

        var (plan, unfit) = AnswerPlan.Make(model, request);
        if (plan is null)
        {
            return unfit;
        }

        var (turns, unavailable) = await features.AddAsync(request, jws, context.RequestAborted).ConfigureAwait(false);
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
        foreach (var (index, sequence) in sequences.Index())
        {
            if (Refused(model, model.Engine.Submit(sequence)) is { } refusal)
            {
                foreach (var accepted in sequences.Take(index))
                {
                    model.Engine.Cancel(accepted);
                }

                return refusal;
            }

            report.Usage = new Usage(sequence.Prompt.Length, 0);
        }

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

    private void Leave(HttpContext context, RequestReport report)
    {
        metrics.Ended(report);
        Log.Completed(
            logger,
            context.GetRequestId(),
            report.Tenant,
            report.Model,
            report.Digest,
            report.Status,
            report.FinishReason,
            Math.Round(time.GetElapsedTime(report.Started).TotalMilliseconds, 1),
            report.FirstToken is { } first ? Math.Round(time.GetElapsedTime(report.Started, first).TotalMilliseconds, 1) : null,
            report.Usage.PromptTokens,
            report.Usage.CompletionTokens);
    }
}
