using System.Globalization;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.Engine;
using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Loading;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.ModelServer.Embeddings;

/// <summary><c>POST /v1/embeddings</c>.</summary>
public sealed class EmbeddingsEndpoint(
    ServedModel served,
    EmbeddingQueue queue,
    RequestReporting reporting,
    IOptions<EmbeddingsOptions> options,
    IOptions<CompletionsOptions> bounds)
{
    /// <summary>Answers one request and leaves its one log line.</summary>
    public Task HandleAsync(HttpContext context) => reporting.HandleAsync(context, "embeddings", AnswerAsync);

    private async Task<Refusal?> AnswerAsync(HttpContext context, RequestReport report)
    {
        var (grant, _) = context.GetGrant();
        report.Tenant = grant.Tenant;
        var (body, unreadable) = await RequestBody.ReadAsync(context.Request, bounds.Value.MaxBodyBytes).ConfigureAwait(false);
        if (unreadable is not null)
        {
            return unreadable;
        }

        var (request, invalid) = EmbeddingsRequest.Parse(body, options.Value.MaxTexts);
        if (request is null)
        {
            return invalid;
        }

        if (KnownParameters.Report(context, request.Ignored, bounds.Value) is { } unknown)
        {
            return unknown;
        }

        if (served.Current is not { } model)
        {
            return new Refusal(StatusCodes.Status503ServiceUnavailable, served.Reason.Code, "The model is not ready.", RetryAfterSeconds: 5);
        }

        (report.Model, report.Digest) = (model.Id, model.Digest);
        // The grant says which model was chosen; the body's word for it is the client's own, and may name one that this one stands in for.
        if (!model.Answers(grant.Model))
        {
            return new Refusal(StatusCodes.Status403Forbidden, "grant_model_mismatch", "The grant is for another model.", "model");
        }

        if (model.Backend is not IEmbeddingBackend { Embeddings: { } form } backend)
        {
            return RequestRefusals.Unsupported("model", $"'{model.Id}' makes no embeddings.");
        }

        var (texts, refused, overBudget) = TextAdmission.Admit(model, form, request, grant, options.Value);
        if (overBudget is { } tokens)
        {
            context.Response.Headers[HeaderNames.PromptTokens] = tokens.ToString(CultureInfo.InvariantCulture);
        }

        if (texts is null)
        {
            return refused;
        }

        report.Usage = new Usage(texts.Sum(text => text.Length), 0);
        var (vectors, failed) = await queue.EmbedAsync(model, backend, texts, context.RequestAborted).ConfigureAwait(false);
        if (vectors is null)
        {
            // What failed may have been the last text.
            report.Usage = failed!.Status == StatusCodes.Status429TooManyRequests ? default : report.Usage;
            return failed;
        }

        report.FinishReason = "stop";
        await EmbeddingsWriter.WriteAsync(context, model.Id, vectors, request.Base64, report.Usage.PromptTokens).ConfigureAwait(false);
        return null;
    }
}
