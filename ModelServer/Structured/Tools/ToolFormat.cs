using Zakenak.Engine;

namespace Zakenak.ModelServer.Structured.Tools;

/// <summary>How a model writes that it calls tools. Between these literals the grammar leaves it only names and arguments.</summary>
/// <param name="Opener">What stands before the first call; empty where a call is the whole answer.</param>
/// <param name="First">Between the opener and the first call.</param>
/// <param name="ArgumentsKey">What the arguments are called beside the name.</param>
/// <param name="Between">Between two calls; null where there can be only one.</param>
/// <param name="Last">After the last call.</param>
public sealed record ToolFormat(string Opener, string First, string ArgumentsKey, string? Between, string Last)
{
    private static readonly ToolFormat s_hermes = new("<tool_call>", "\n", "arguments", "\n</tool_call>\n<tool_call>\n", "\n</tool_call>");
    private static readonly ToolFormat s_mistral = new("[TOOL_CALLS]", "[", "arguments", ", ", "]");
    private static readonly ToolFormat s_llama3 = new(string.Empty, string.Empty, "parameters", null, string.Empty);

    /// <summary>
    /// Whether the prompt must tell the model of tools: its template says nothing of them, or has calls written in a way that is not one of
    /// these. Such a template is given no tools, or the model would be told of two ways.
    /// </summary>
    public bool NeedsInstructions { get; private init; }

    /// <summary>Whether text may come before the calls.</summary>
    public bool IsLazy => Opener.Length > 0;

    /// <summary>Everything before a call's name.</summary>
    public static string BeforeName => "{\"name\": \"";

    /// <summary>Everything between a call's name and its arguments.</summary>
    public string BeforeArguments => $"\", \"{ArgumentsKey}\": ";

    /// <summary>The format of a model, by what its chat template writes.</summary>
    public static ToolFormat Of(ModelInfo model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var template = model.ToolChatTemplate ?? model.ChatTemplate ?? string.Empty;
        return Has("<tool_call>") && Has("tools") ? s_hermes
            : Has("[TOOL_CALLS]") && !Has("[ARGS]") ? s_mistral
            : Has("<|start_header_id|>") && Has("\"parameters\": ") ? s_llama3
            : s_hermes with { NeedsInstructions = true };

        bool Has(string text) => template.Contains(text, StringComparison.Ordinal);
    }
}
