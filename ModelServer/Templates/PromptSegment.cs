namespace Zakenak.ModelServer.Templates;

/// <summary>A part of a prompt that is tokenised by itself.</summary>
/// <param name="Text">May be empty only if it is data.</param>
/// <param name="ParseSpecial">Whether special tokens are recognised in it: only in what the template's author wrote.</param>
public readonly record struct PromptSegment(string Text, bool ParseSpecial);
