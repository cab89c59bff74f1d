using System.Text;
using Zakenak.Engine;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Structured.Tools;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Structured;

/// <summary>How one request's answers are kept in shape, for the model that gives them.</summary>
public sealed class AnswerPlan
{
    /// <summary>Any text, no tools.</summary>
    public static AnswerPlan Free { get; } = new();

    /// <summary>The shape of the whole answer; null for free text.</summary>
    public AnswerFormat? Format { get; private init; }

    /// <summary>The tools that may be called; null for none.</summary>
    public ToolRequest? Tools { get; private init; }

    /// <summary>How the model writes calls; null without tools.</summary>
    public ToolFormat? ToolFormat { get; private init; }

    /// <summary>What the sampler keeps to.</summary>
    public GrammarConstraint? Grammar { get; private init; }

    /// <summary>Appended to the prompt: the opener of a call that must come.</summary>
    public IReadOnlyList<int> Opening { get; private init; } = [];

    /// <summary>A token without text that opens calls; null where the opener is text.</summary>
    public int? OpenerToken { get; private init; }

    /// <summary>The plan, or why the request's schemas can't be kept to.</summary>
    public static (AnswerPlan? Plan, Refusal? Refusal) Make(LoadedModel model, ToolRequest? tools, AnswerFormat? format = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return tools is null ? (Of(format), null) : OfTools(model.Backend, tools);
    }

    private static AnswerPlan Of(AnswerFormat? format) =>
        format is null ? Free : new AnswerPlan { Format = format, Grammar = new GrammarConstraint(format.Gbnf) };

    private static (AnswerPlan?, Refusal?) OfTools(ILlamaBackend backend, ToolRequest tools)
    {
        var format = ToolFormat.Of(backend.Model);
        var (gbnf, refusal) = ToolGrammar.Write(tools, format);
        if (gbnf is null)
        {
            return (null, refusal);
        }

        var isForced = tools.Mode == ToolMode.Required;
        int[] opener = format.IsLazy ? backend.Tokenize(format.Opener, parseSpecial: true) : [];
        int? special = opener.Length == 1 && backend.TokenToPiece(opener[0], new byte[1024]) == 0 ? opener[0] : null;
        return (new AnswerPlan
        {
            Tools = tools,
            ToolFormat = format,
            OpenerToken = special,
            Opening = isForced ? opener : [],
            Grammar = new GrammarConstraint(gbnf)
            {
                TriggerTexts = format.IsLazy && !isForced && special is null ? [Encoding.UTF8.GetBytes(format.Opener)] : [],
                TriggerTokens = !isForced && special is { } token ? [token] : [],
            },
        }, null);
    }
}
