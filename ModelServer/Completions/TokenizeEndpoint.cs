using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Structured;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.ModelServer.Completions;

/// <summary><c>POST /v1/tokenize</c>: the tokens of a text, or of a conversation as the model's template writes it.</summary>
public sealed class TokenizeEndpoint(ServedModel served, IOptions<CompletionsOptions> options)
{
    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var (tokens, refusal) = await AnswerAsync(context).ConfigureAwait(false);
        await (tokens is null
            ? context.RefuseAsync(refusal!)
            : context.Response.WriteAsJsonAsync(tokens, TokenizeJson.Default.TokenList, contentType: null, context.RequestAborted)).ConfigureAwait(false);
    }

    private async Task<(TokenList? Tokens, Refusal? Refusal)> AnswerAsync(HttpContext context)
    {
        var (body, unreadable) = await RequestBody.ReadAsync(context.Request, options.Value.MaxBodyBytes).ConfigureAwait(false);
        if (unreadable is not null)
        {
            return (null, unreadable);
        }

        var (request, invalid) = TokenizeRequest.Parse(body);
        if (request is null)
        {
            return (null, invalid);
        }

        if (KnownParameters.Report(context, request.Ignored, options.Value) is { } unknown)
        {
            return (null, unknown);
        }

        if (served.Current is not { } model)
        {
            return (null, new Refusal(StatusCodes.Status503ServiceUnavailable, served.Reason.Code, "The model is not ready.", RetryAfterSeconds: 5));
        }

        if (!model.Answers(context.GetGrant().Grant.Model))
        {
            return (null, new Refusal(StatusCodes.Status404NotFound, "model_not_found", "The model does not exist or is not served here.", "model"));
        }

        if (request.Input is { } text)
        {
            var tokens = model.Backend.Tokenize(text, parseSpecial: false);
            return (new TokenList("list", model.Id, tokens, tokens.Length, model.ContextTokens), null);
        }

        var (plan, unfit) = AnswerPlan.Make(model, request.Tools);
        var (prompt, refused) = plan is null ? (null, unfit) : PromptAdmission.Prompt(model, request.Turns!, plan, request.TemplateArguments);
        return prompt is null ? (null, refused) : (new TokenList("list", model.Id, prompt, prompt.Length, model.ContextTokens), null);
    }
}

/// <param name="Object">"list".</param>
/// <param name="Model"><c>name:vN</c>.</param>
/// <param name="Tokens">Ids.</param>
/// <param name="Count">How many.</param>
/// <param name="Max">Longest prompt plus answer of one request.</param>
internal sealed record TokenList(
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("tokens")] IReadOnlyList<int> Tokens,
    [property: JsonPropertyName("count")] int Count,
    [property: JsonPropertyName("max")] int Max);

[JsonSerializable(typeof(TokenList))]
internal sealed partial class TokenizeJson : JsonSerializerContext;
