namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>A piece of a template's source.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a string, what it stands for.</param>
/// <param name="At">Where it starts.</param>
internal readonly record struct Token(TokenKind Kind, string Text, Position At);

internal enum TokenKind
{
    Data,
    PrintBegin,
    PrintEnd,
    TagBegin,
    TagEnd,
    Name,
    String,
    Whole,
    Real,
    Operator,
    End,
}
