using System.Text.Json;

namespace Zakenak.ModelServer.Completions;

/// <summary>Reads <c>chat_template_kwargs</c>: switches that a model's chat template knows, such as <c>enable_thinking</c>.</summary>
public static class TemplateArgumentsParser
{
    private const int MaxArguments = 16;
    private const int MaxLength = 256;

    // The conversation is what the messages say.
    private static readonly HashSet<string> s_ours = new(StringComparer.Ordinal) { "messages", "tools", "documents", "add_generation_prompt", "bos_token", "eos_token" };

    /// <summary>An object of texts, numbers and truth values; null where none is given. What is wrong is remembered by <paramref name="fields"/>.</summary>
    public static JsonElement? Parse(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Nested("chat_template_kwargs") is not { } given)
        {
            return null;
        }

        if (given.GetPropertyCount() > MaxArguments)
        {
            fields.Refuse("chat_template_kwargs", $"must have at most {MaxArguments} members");
            return null;
        }

        foreach (var argument in given.EnumerateObject())
        {
            if (argument.Name.Length is 0 or > MaxLength || s_ours.Contains(argument.Name) || !IsPlain(argument.Value))
            {
                fields.Refuse("chat_template_kwargs", $"must map names to truth values, numbers and strings of at most {MaxLength} characters, and none of {string.Join(", ", s_ours)}");
                return null;
            }
        }

        return given.Clone();
    }

    private static bool IsPlain(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number or JsonValueKind.Null
        || (JsonFields.TryGetText(value, out var text) && text.Length <= MaxLength);
}
