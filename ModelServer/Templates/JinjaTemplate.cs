using Zakenak.ModelServer.Templates.Jinja;

namespace Zakenak.ModelServer.Templates;

/// <summary>A template that was read once and can be rendered by any number of threads.</summary>
internal sealed class JinjaTemplate
{
    private readonly Block _block;
    private readonly TemplateLimits _limits;
    private readonly TimeProvider _time;

    private JinjaTemplate(Block block, TemplateLimits limits, TimeProvider time) => (_block, _limits, _time) = (block, limits, time);

    /// <summary>The template, or what of it is not in the subset, and where.</summary>
    public static (JinjaTemplate? Template, TemplateError? Error) Parse(string source, TemplateLimits limits, TimeProvider time)
    {
        try
        {
            return (new JinjaTemplate(Parser.Parse(source, limits), limits, time), null);
        }
        catch (TemplateFault fault)
        {
            return (null, Error(fault, default));
        }
    }

    /// <summary>The text, or why there is none.</summary>
    public (Text? Text, TemplateError? Error) Render(IEnumerable<(string Name, Value Value)> variables)
    {
        var interpreter = new Interpreter(new RenderBudget(_limits, _time));
        try
        {
            return (interpreter.Run(_block, variables), null);
        }
        catch (TemplateFault fault)
        {
            return (null, Error(fault, interpreter.At));
        }
    }

    private static TemplateError Error(TemplateFault fault, Position at)
    {
        at = fault.At ?? at;
        return new TemplateError(fault.Kind, fault.Message, at.Line, at.Column);
    }
}
