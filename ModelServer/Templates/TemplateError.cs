namespace Zakenak.ModelServer.Templates;

/// <summary>Why a chat template can't be read or rendered.</summary>
/// <param name="Kind">What sort of reason.</param>
/// <param name="Message">The reason, half a sentence; of a raised one, the template's own words.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public sealed record TemplateError(TemplateFaultKind Kind, string Message, int Line, int Column)
{
    public override string ToString() => $"line {Line}, column {Column}: {Message}";
}
