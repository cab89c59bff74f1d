using Zakenak.Contracts;
using Zakenak.Engine;
using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Loading;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Embeddings;

/// <summary>Turns texts into tokens that are sure to fit, or says why there are none. Nothing has been computed by then.</summary>
public static class TextAdmission
{
    /// <summary>Most numbers in an answer: as text, at 16 characters each, they still pass the gateway.</summary>
    private const int MaxNumbers = 1_000_000;

    /// <summary>The tokens of each text, or the refusal; with their sum where that is more than is granted.</summary>
    public static (IReadOnlyList<int[]>? Texts, Refusal? Refusal, int? OverBudget) Admit(
        LoadedModel model, EmbeddingForm form, EmbeddingsRequest request, Grant grant, EmbeddingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(grant);
        ArgumentNullException.ThrowIfNull(options);
        if (request.Dimensions is { } dimensions && dimensions != form.Dimensions)
        {
            return (null, RequestRefusals.Unsupported("dimensions", $"The vectors of '{model.Id}' have {form.Dimensions} dimensions and can't be shortened."), null);
        }

        if ((long)request.Texts.Count * form.Dimensions > MaxNumbers)
        {
            return (null, RequestRefusals.Invalid("input", $"At most {MaxNumbers / form.Dimensions} texts fit into one answer of '{model.Id}'."), null);
        }

        var texts = new int[request.Texts.Count][];
        var total = 0L;
        var max = MaxTextTokens(model, options);
        for (var i = 0; i < texts.Length; i++)
        {
            var (tokens, problem) = Tokens(model, form, request.Texts[i], max);
            if (tokens is null)
            {
                var name = texts.Length > 1 ? $"input[{i}]" : "input";
                return (null, new Refusal(StatusCodes.Status400BadRequest, problem.Code, $"'{name}' {problem.What}.", name), null);
            }

            texts[i] = tokens;
            total += tokens.Length;
            if (total > options.MaxTokens)
            {
                return (null, RequestRefusals.Invalid("input", $"The texts of one request may have {options.MaxTokens} tokens in all."), null);
            }
        }

        return total > grant.MaxTokens
            ? (null, new Refusal(StatusCodes.Status413PayloadTooLarge, "token_budget_exceeded", $"The request may use {grant.MaxTokens} tokens; the texts have {total}."), (int)total)
            : (texts, null, null);
    }

    /// <summary>Longest text, with the tokens around it.</summary>
    public static int MaxTextTokens(LoadedModel model, EmbeddingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        var trained = model.Backend.Model.TrainedContextTokens;
        return trained > 0 ? Math.Min(trained, options.MaxTextTokens) : options.MaxTextTokens;
    }

    private static (int[]? Tokens, (string Code, string What) Problem) Tokens(LoadedModel model, EmbeddingForm form, EmbeddingsRequest.Item item, int max)
    {
        if (item.Tokens is { } given)
        {
            var vocabulary = model.Backend.Model.VocabularySize;
            return given.Length > max ? (null, TooLong($"has {given.Length} tokens"))
                : given.Any(token => (uint)token >= (uint)vocabulary) ? (null, ("invalid_value", $"has a token that the model doesn't: they are 0 to {vocabulary - 1}"))
                : (given, default);
        }

        // No token stands for more bytes than the longest, and no character is less than a byte: what can't fit isn't even tokenised.
        if (item.Text!.Length > (long)max * Math.Max(1, model.Vocabulary.LongestPiece))
        {
            return (null, TooLong($"has {item.Text.Length} characters"));
        }

        var text = model.Backend.Tokenize(item.Text, parseSpecial: false);
        int[] tokens = [.. Around(form.BeginOfText), .. text, .. Around(form.EndOfText)];
        return tokens.Length is 0 ? (null, ("invalid_value", "has no token"))
            : tokens.Length > max ? (null, TooLong($"has {tokens.Length} tokens"))
            : (tokens, default);

        (string, string) TooLong(string found) => ("context_length_exceeded", $"{found}; a text may have {max} tokens");
    }

    private static int[] Around(int? token) => token is { } only ? [only] : [];
}
