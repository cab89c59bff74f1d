using System.Text.Json;
using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Structured.Grammar;
using Zakenak.ModelServer.Structured.Schema;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Structured.Tools;

/// <summary>The grammar of an answer that calls tools.</summary>
internal static class ToolGrammar
{
    private const int MaxCalls = 32;

    /// <summary>What comes after the opener, or why a tool's parameters can't be kept to.</summary>
    public static (string? Gbnf, Refusal? Refusal) Write(ToolRequest tools, ToolFormat format)
    {
        var rules = new GrammarRules();
        var json = new JsonText(rules);
        var given = tools.Given.EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString()).ToList();
        var calls = new List<GrammarNode>();
        foreach (var tool in tools.Callable)
        {
            var (arguments, refusal) = SchemaCompiler.Compile(tool.Parameters, $"tools[{given.IndexOf(tool.Name)}].function.parameters", rules, json);
            if (arguments is null)
            {
                return (null, refusal);
            }

            calls.Add(GrammarNode.Then(
                GrammarNode.Text(ToolFormat.BeforeName + tool.Name + format.BeforeArguments), arguments, GrammarNode.Text("}")));
        }

        var call = rules.Add(GrammarNode.Either(calls));
        var more = tools.Parallel && format.Between is not null
            ? GrammarNode.Times(GrammarNode.Then(GrammarNode.Text(format.Between), call), 0, MaxCalls - 1)
            : GrammarNode.Empty;
        var root = GrammarNode.Then(GrammarNode.Text(format.First), call, more, GrammarNode.Text(format.Last));
        if (!format.IsLazy && tools.Mode == ToolMode.Auto)
        {
            // A call is the whole answer and begins with a brace: another answer begins with anything else.
            root = GrammarNode.Either(root, GrammarNode.Optional(GrammarNode.Then(
                new GrammarNode.Characters(CharSet.All.Except(CharSet.Of("{"))), GrammarNode.Times(new GrammarNode.Characters(CharSet.All), 0, null))));
        }

        var (gbnf, problem) = rules.Write(root);
        return gbnf is null ? (null, RequestRefusals.Unsupported("tools", $"'tools' {problem}.")) : (gbnf, null);
    }

    /// <summary>What a model that knows nothing of tools is told about them.</summary>
    public static string Instructions(ToolRequest tools) =>
        "You may call these functions:\n"
        + string.Join('\n', tools.Given.EnumerateArray().Select(tool => JsonSerializer.Serialize(tool.GetProperty("function"))))
        + "\nTo call one, answer with:\n<tool_call>\n{\"name\": \"FUNCTION\", \"arguments\": {...}}\n</tool_call>";
}
