using System.Text.Json;
using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Structured.Grammar;
using Zakenak.ModelServer.Structured.Schema;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Structured;

/// <summary>
/// What an answer must look like: the grammar by which it is written, and a second check that knows nothing of the grammar. The check sees
/// mistakes of the first and never takes a text that was cut for a whole one.
/// </summary>
public sealed class AnswerFormat
{
    private const int MaxDepth = 256;

    private readonly JsonElement _schema;

    private AnswerFormat(string gbnf, JsonElement schema) => (Gbnf, _schema) = (gbnf, schema);

    /// <summary>Any JSON object.</summary>
    public static AnswerFormat AnyObject { get; } = Compile(JsonDocument.Parse("""{"type":"object"}""").RootElement, "response_format").Format!;

    /// <summary>The grammar, in llama.cpp's GBNF.</summary>
    public string Gbnf { get; }

    /// <summary>A format by a JSON Schema, or why it can't be kept to.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="param">Name of the request's parameter that holds it.</param>
    public static (AnswerFormat? Format, Refusal? Refusal) Compile(JsonElement schema, string param)
    {
        schema = schema.Clone();
        var rules = new GrammarRules();
        var (root, refusal) = SchemaCompiler.Compile(schema, param, rules, new JsonText(rules));
        if (root is null)
        {
            return (null, refusal);
        }

        var (gbnf, problem) = rules.Write(root);
        return gbnf is null
            ? (null, RequestRefusals.Unsupported(param, $"'{param}' {problem}."))
            : (new AnswerFormat(gbnf, schema), null);
    }

    /// <summary>Whether a text is a whole document that meets the schema.</summary>
    public bool IsValid(ReadOnlyMemory<byte> text) => IsValid(_schema, text);

    /// <summary>Whether a text is a whole document that meets a schema.</summary>
    internal static bool IsValid(JsonElement schema, ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return new SchemaValidator(schema).IsValid(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Cut off, or with half a surrogate pair.
            return false;
        }
    }
}
