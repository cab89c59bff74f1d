using Zakenak.Contracts;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Batching.Cells;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Templates;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>Turns a conversation into a sequence that is sure to fit, or says why there is none. Nothing has been computed by then.</summary>
public static class PromptAdmission
{
    /// <summary>The sequence, or the refusal.</summary>
    /// <param name="model">What will answer.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="turns">The conversation, features included.</param>
    /// <param name="grant">Who asks, and how many tokens prompt and answer may have.</param>
    /// <param name="defaultMaxTokens">Longest answer of a request that names no bound.</param>
    public static (Sequence? Sequence, Refusal? Refusal) Admit(
        LoadedModel model, ChatRequest request, IReadOnlyList<ChatTurn> turns, Grant grant, int defaultMaxTokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(turns);
        ArgumentNullException.ThrowIfNull(grant);

        // No token stands for more bytes than the longest, and no character is less than a byte: what can't fit isn't even tokenised.
        var characters = turns.Sum(turn => (long)turn.Content.Length);
        if (characters > (long)model.ContextTokens * Math.Max(1, model.Vocabulary.LongestPiece))
        {
            return (null, TooLong(model, $"the messages have {characters} characters"));
        }

        var (prompt, error) = model.Template.Render(turns);
        if (prompt is null)
        {
            return (null, RequestRefusals.Invalid("messages", $"The chat template of '{model.Id}' refuses the conversation ({error})."));
        }

        // A client may ask for as many tokens as an int holds: their sum with the prompt's must not wrap.
        var needed = prompt.Length + (long)(request.MaxTokens ?? 1);
        if (prompt.Length == 0 || needed > model.ContextTokens)
        {
            return (null, TooLong(model, $"the messages have {prompt.Length} tokens and the answer {request.MaxTokens ?? 1}"));
        }

        if (needed > grant.MaxTokens)
        {
            return (null, new Refusal(
                StatusCodes.Status403Forbidden,
                "token_budget_exceeded",
                $"The request may use {grant.MaxTokens} tokens; the messages have {prompt.Length} and the answer {request.MaxTokens ?? 1}."));
        }

        var fits = Math.Min(model.ContextTokens, grant.MaxTokens ?? int.MaxValue) - prompt.Length;
        var sampling = new SamplerOptions(request.Temperature ?? model.Sampling.Temperature, request.TopP ?? model.Sampling.TopP, request.Seed);
        var sequence = new Sequence(prompt, request.MaxTokens ?? Math.Min(fits, defaultMaxTokens), sampling)
        {
            Tenant = grant.Tenant,
            Priority = request.Priority,
            Sharing = new PrefixSharing(request.CacheScope.Within(grant), SharedTokens(model, request, prompt)),
        };
        return (sequence, null);
    }

    /// <summary>What comes before the injected features: with them the prompt differs from the one without from there on.</summary>
    private static int SharedTokens(LoadedModel model, ChatRequest request, int[] prompt)
    {
        if (request.Features is null)
        {
            return int.MaxValue;
        }

        var (without, _) = model.Template.Render(request.Turns);
        return prompt.AsSpan().CommonPrefixLength(without);
    }

    private static Refusal TooLong(LoadedModel model, string found) => new(
        StatusCodes.Status400BadRequest,
        "context_length_exceeded",
        $"The context of '{model.Id}' is {model.ContextTokens} tokens; {found}.",
        "messages");
}
