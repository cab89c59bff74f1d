namespace Zakenak.ModelServer.Templates;

/// <summary>What kept a template from being rendered.</summary>
public enum TemplateFaultKind
{
    /// <summary>Something that is no template, or is not in the subset.</summary>
    Unsupported,

    /// <summary>The template called <c>raise_exception</c>: it has no place for this conversation.</summary>
    Raised,

    /// <summary>An operation on values that it is not for.</summary>
    Failed,

    /// <summary>Too much work, too large a text, or too deep.</summary>
    Limit,
}
