using System.Text.Json;
using Zakenak.Contracts;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Batching.Cells;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Structured;
using Zakenak.ModelServer.Structured.Tools;
using Zakenak.ModelServer.Templates;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Turns a conversation into a sequence that is sure to fit, or says why there is none. Nothing has been computed by then.</summary>
public static class PromptAdmission
{
    /// <summary>One sequence for each answer, or the refusal; with the prompt's tokens where more would be used than is granted.</summary>
    /// <param name="model">What will answer.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="plan">How its answers are kept in shape.</param>
    /// <param name="turns">The conversation, features included.</param>
    /// <param name="grant">Who asks, and how many tokens prompt and answer may have.</param>
    /// <param name="defaultMaxTokens">Longest answer of a request that names no bound.</param>
    public static (IReadOnlyList<Sequence>? Sequences, Refusal? Refusal, int? OverBudget) Admit(
        LoadedModel model, ChatRequest request, AnswerPlan plan, IReadOnlyList<ChatTurn> turns, Grant grant, int defaultMaxTokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(turns);
        ArgumentNullException.ThrowIfNull(grant);

        if (request.MaxTokens > model.ContextTokens)
        {
            return (null, TooLong(model, $"'{request.MaxTokensName}' is {request.MaxTokens}") with { Param = request.MaxTokensName }, null);
        }

        // No token stands for more bytes than the longest, and no character is less than a byte: what can't fit isn't even tokenised.
        var characters = turns.Sum(turn => turn.Content.Length + turn.ToolCalls.Sum(call => (long)call.Arguments.Length));
        if (characters > (long)model.ContextTokens * Math.Max(1, model.Vocabulary.LongestPiece))
        {
            return (null, TooLong(model, $"the messages have {characters} characters"), null);
        }

        var (prompt, unfit) = Prompt(model, turns, plan, request.TemplateArguments);
        if (prompt is null)
        {
            return (null, unfit, null);
        }

        if (request.LogitBias?.Keys.Any(token => token >= model.Backend.Model.VocabularySize) == true)
        {
            return (null, RequestRefusals.Invalid("logit_bias", $"'logit_bias' names a token that '{model.Id}' does not have."), null);
        }

        // A client may ask for as many tokens as an int holds: their sum with the prompt's must not wrap.
        var needed = prompt.Length + (long)(request.MaxTokens ?? 1);
        if (prompt.Length == 0 || needed > model.ContextTokens)
        {
            return (null, TooLong(model, $"the messages have {prompt.Length} tokens and the answer {request.MaxTokens ?? 1}"), null);
        }

        // A grant that bounds completions says what one gets that names no bound; else what the sum leaves is shared with the prompt.
        var answer = Math.Min(
            request.MaxTokens ?? Math.Min(model.ContextTokens - prompt.Length, defaultMaxTokens), grant.MaxCompletionTokens ?? int.MaxValue);
        if (request.MaxTokens is null && grant.MaxCompletionTokens is null)
        {
            answer = Math.Max(1, Math.Min(answer, ((grant.MaxTokens ?? int.MaxValue) - prompt.Length) / request.Answers));
        }

        if (prompt.Length + ((long)answer * request.Answers) > grant.MaxTokens)
        {
            return (null, new Refusal(
                StatusCodes.Status413PayloadTooLarge,
                "token_budget_exceeded",
                $"The request may use {grant.MaxTokens} tokens; the messages have {prompt.Length} and its answers {(long)answer * request.Answers}."), prompt.Length);
        }

        // The answers to one request share all of its prompt, the injected features too.
        var sharing = new PrefixSharing(request.CacheScope.Within(grant), SharedTokens(model, request, plan, prompt), Siblings: new object());
        return ([.. Enumerable.Range(0, request.Answers).Select(index =>
            new Sequence(prompt, answer, Sampling(model, request, plan, index))
            {
                Tenant = grant.Tenant,
                Priority = request.Priority,
                Sharing = sharing,
            })], null, null);
    }

    /// <summary>The tokens of a conversation, with what its tools add to it; or why there are none.</summary>
    /// <param name="model">What will answer.</param>
    /// <param name="turns">The conversation.</param>
    /// <param name="plan">How answers are kept in shape.</param>
    /// <param name="arguments">What the template is told besides; null for nothing.</param>
    public static (int[]? Prompt, Refusal? Refusal) Prompt(LoadedModel model, IReadOnlyList<ChatTurn> turns, AnswerPlan plan, JsonElement? arguments)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(plan);
        var given = plan.Tools?.Given;
        if (plan is { Tools: { } told, ToolFormat.NeedsInstructions: true })
        {
            (turns, given) = (model.Template.With(turns, ToolGrammar.Instructions(told)), null);
        }

        var (prompt, error) = model.Template.Render(turns, given, arguments);
        return prompt is null
            ? (null, RequestRefusals.Invalid("messages", $"The chat template of '{model.Id}' refuses the conversation ({error})."))
            : ([.. prompt, .. plan.Opening], null);
    }

    private static SamplerOptions Sampling(LoadedModel model, ChatRequest request, AnswerPlan plan, int index) =>
        new(request.Temperature ?? model.Sampling.Temperature, request.TopP ?? model.Sampling.TopP, unchecked(request.Seed + (uint)index))
        {
            TopK = request.TopK,
            MinP = request.MinP,
            RepetitionPenalty = request.RepetitionPenalty,
            FrequencyPenalty = request.FrequencyPenalty,
            PresencePenalty = request.PresencePenalty,
            LogitBias = request.LogitBias,
            TopLogprobs = request.TopLogprobs,
            Grammar = plan.Grammar,
        };

    /// <summary>What comes before the injected features: with them the prompt differs from the one without from there on.</summary>
    private static int SharedTokens(LoadedModel model, ChatRequest request, AnswerPlan plan, int[] prompt)
    {
        if (request.Features is null)
        {
            return int.MaxValue;
        }

        var (without, _) = Prompt(model, request.Turns, plan, request.TemplateArguments);
        return prompt.AsSpan().CommonPrefixLength(without);
    }

    private static Refusal TooLong(LoadedModel model, string found) => new(
        StatusCodes.Status400BadRequest,
        "context_length_exceeded",
        $"The context of '{model.Id}' is {model.ContextTokens} tokens; {found}.",
        "messages");
}
