using System.Text.Json;
using Zakenak.ModelServer.Completions;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Embeddings;

/// <summary>What is to be embedded.</summary>
/// <param name="Model">As the client named it.</param>
/// <param name="Texts">In the client's order; each has text or tokens.</param>
/// <param name="Base64">Whether vectors are wanted as bytes rather than as numbers.</param>
/// <param name="Dimensions">Length of a vector, where the client insists on one.</param>
public sealed record EmbeddingsRequest(string Model, IReadOnlyList<EmbeddingsRequest.Item> Texts, bool Base64, long? Dimensions)
{
    /// <param name="Text">Not tokenised yet; null where the client did that.</param>
    /// <param name="Tokens">The client's own; not checked against the vocabulary yet.</param>
    public readonly record struct Item(string? Text, int[]? Tokens);

    /// <summary>Names of parameters that this server doesn't know.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>The request, or why it is refused.</summary>
    public static (EmbeddingsRequest? Request, Refusal? Refusal) Parse(ReadOnlyMemory<byte> body, int maxTexts) =>
        JsonBody.Read(body, (fields, root) => Read(fields, root, maxTexts));

    private static (EmbeddingsRequest?, Refusal?) Read(JsonFields fields, JsonElement root, int maxTexts)
    {
        var model = fields.Text("model", 256);
        if (model is null)
        {
            fields.Refuse(RequestRefusals.Invalid("model", "'model' is required."));
        }

        var texts = fields.TryGet("input", out var input) ? TextsOf(fields, input, maxTexts) : [];
        if (texts.Count == 0)
        {
            fields.Refuse("input", "must be a text, an array of tokens, or an array of those, and not empty");
        }

        var format = fields.Text("encoding_format", 16);
        if (format is not (null or "float" or "base64"))
        {
            fields.Refuse("encoding_format", "must be 'float' or 'base64'");
        }

        var dimensions = fields.WholeNumber("dimensions", 1, int.MaxValue);
        return fields.Refusal is { } refusal
            ? (null, refusal)
            : (new EmbeddingsRequest(model!, texts, format == "base64", dimensions) { Ignored = KnownParameters.Others(root, KnownParameters.OfEmbeddings) }, null);
    }

    private static List<Item> TextsOf(JsonFields fields, JsonElement input, int maxTexts)
    {
        if (input.ValueKind != JsonValueKind.Array || (input.GetArrayLength() > 0 && input[0].ValueKind == JsonValueKind.Number))
        {
            return ItemOf(input) is { } only ? [only] : [];
        }

        if (input.GetArrayLength() > maxTexts)
        {
            fields.Refuse("input", $"must have at most {maxTexts} texts");
            return [];
        }

        var texts = new List<Item>(input.GetArrayLength());
        foreach (var element in input.EnumerateArray())
        {
            if (ItemOf(element) is not { } item)
            {
                fields.Refuse($"input[{texts.Count}]", "must be a text or an array of tokens, and not empty");
                return [];
            }

            texts.Add(item);
        }

        return texts;
    }

    private static Item? ItemOf(JsonElement element)
    {
        if (JsonFields.TryGetText(element, out var text))
        {
            return text.Length > 0 ? new Item(text, null) : null;
        }

        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() == 0)
        {
            return null;
        }

        var tokens = new int[element.GetArrayLength()];
        var i = 0;
        foreach (var number in element.EnumerateArray())
        {
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetInt32(out tokens[i++]))
            {
                return null;
            }
        }

        return new Item(null, tokens);
    }
}
