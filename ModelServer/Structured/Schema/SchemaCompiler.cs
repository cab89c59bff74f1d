using System.Text.Encodings.Web;
using System.Text.Json;
using Zakenak.ModelServer.Structured.Grammar;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Structured.Schema;

/// <summary>
/// Turns a JSON Schema (2020-12) into rules of a grammar. Every text of the grammar is valid against the schema; where a schema allows
/// more than is worth writing (more properties than it names, escapes, exponents), the grammar allows less. What can't be expressed is
/// refused by its place. Work and memory are bounded whatever the schema is.
/// </summary>
public sealed class SchemaCompiler
{
    private const int MaxRules = 4000;

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SchemaDocument _document;
    private readonly GrammarRules _rules;
    private readonly JsonText _json;
    private readonly Dictionary<string, GrammarNode.Rule> _known = new(StringComparer.Ordinal);
    private readonly Queue<(GrammarNode.Rule Rule, Conjunction Schemas)> _waiting = new();

    private SchemaCompiler(SchemaDocument document, GrammarRules rules, JsonText json) => (_document, _rules, _json) = (document, rules, json);

    /// <summary>What the valid documents look like, or why that can't be said.</summary>
    /// <param name="schema">The schema; it must stay alive until the grammar is written.</param>
    /// <param name="param">Name of the request's parameter that holds it.</param>
    /// <param name="rules">Where its rules go.</param>
    /// <param name="json">Rules that schemas share.</param>
    public static (GrammarNode? Grammar, Refusal? Refusal) Compile(JsonElement schema, string param, GrammarRules rules, JsonText json)
    {
        var document = new SchemaDocument(schema, param);
        if (document.Refusal is null)
        {
            var compiler = new SchemaCompiler(document, rules, json);
            var root = compiler.For(new Conjunction(document, string.Empty));
            compiler.Drain();
            if (document.Refusal is null)
            {
                return (root, null);
            }
        }

        return (null, document.Refusal);
    }

    /// <summary>The rule of these schemas; its content may come later.</summary>
    internal GrammarNode For(Conjunction schemas)
    {
        if (schemas.IsNever)
        {
            return GrammarNode.Never;
        }

        var key = schemas.Key;
        if (_known.TryGetValue(key, out var rule))
        {
            return rule;
        }

        if (_known.Count == MaxRules)
        {
            _document.Unsupported(string.Empty, "asks for too much: its alternatives and refs combine in too many ways");
            return GrammarNode.Never;
        }

        _known.Add(key, rule = _rules.Reserve());
        _waiting.Enqueue((rule, schemas));
        return rule;
    }

    private void Drain()
    {
        while (_document.Refusal is null && _waiting.TryDequeue(out var next))
        {
            _rules.Define(next.Rule, Build(next.Schemas));
            if (_rules.IsTooLarge || _document.Validator.IsExhausted)
            {
                _document.Unsupported(string.Empty, "asks for too much: it has too many parts, or they combine in too many ways");
            }
        }
    }

    private GrammarNode Build(Conjunction schemas)
    {
        if (schemas.Values() is { } values)
        {
            return GrammarNode.Either(values.Select(value => GrammarNode.Text(JsonSerializer.Serialize(value, s_plain))));
        }

        if (schemas.Choice("oneOf") is { } one)
        {
            if (!OneOfBranches.AreDisjoint(_document, one.Pointer, one.Branches.GetArrayLength()))
            {
                _document.Unsupported(one.Pointer, "has branches that one document could meet at once; use anyOf, or tell them apart by type or by a required constant");
            }

            return Branches(schemas, one.Pointer, one.Branches);
        }

        if (schemas.Choice("anyOf") is { } any)
        {
            return Branches(schemas, any.Pointer, any.Branches);
        }

        var types = schemas.Types() ?? [.. SchemaKeywords.Kinds.Where(kind => kind.Keywords.Any(keyword => schemas.All(keyword).Any())).Select(kind => kind.Type)];
        return schemas.Types() is null && types.Count == 0 ? _json.AnyValue : GrammarNode.Either(types.Select(type => OfType(schemas, type)));
    }

    private GrammarNode Branches(Conjunction schemas, string pointer, JsonElement branches) => GrammarNode.Either(
        Enumerable.Range(0, branches.GetArrayLength()).Select(branch => For(schemas.Choose(pointer, branch))));

    private GrammarNode OfType(Conjunction schemas, string type) => type switch
    {
        "object" => new ObjectText(_document, this, _rules, _json, schemas).Build(),
        "array" => new ArrayText(_document, this, _json, schemas).Build(),
        "string" => StringText.Build(_document, _json, schemas),
        "number" => NumberBounds.Build(_document, schemas, whole: false),
        "integer" => NumberBounds.Build(_document, schemas, whole: true),
        "boolean" => GrammarNode.Either(GrammarNode.Text("true"), GrammarNode.Text("false")),
        _ => GrammarNode.Text("null"),
    };
}
