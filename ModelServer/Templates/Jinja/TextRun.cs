namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>A stretch of a text that comes from one place.</summary>
/// <param name="Length">UTF-16 characters; 0 marks where data was, so that literals on both sides stay apart.</param>
/// <param name="Source"><see cref="Literal"/>, or which data it is.</param>
internal readonly record struct TextRun(int Length, int Source)
{
    /// <summary>Written in the template.</summary>
    public const int Literal = 0;

    /// <summary>Data of no particular message; larger numbers are those of messages.</summary>
    public const int Data = 1;

    public bool IsData => Source != Literal;
}
