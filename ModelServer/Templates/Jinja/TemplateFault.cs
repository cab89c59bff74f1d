namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>
/// Why a template can't be read or rendered. Thrown inside this folder only, out of any depth of a recursive evaluation; what calls a
/// template gets it as a value.
/// </summary>
internal sealed class TemplateFault(TemplateFaultKind kind, string message, Position? at = null) : Exception(message)
{
    public TemplateFaultKind Kind => kind;

    /// <summary>Where; null for where the interpreter is.</summary>
    public Position? At => at;
}
