namespace Zakenak.ModelServer.Structured.Grammar;

/// <summary>A regular expression's language as the content of a JSON string, and how long its texts are.</summary>
/// <param name="Content">What stands between the quotes.</param>
/// <param name="MinLength">Fewest code points.</param>
/// <param name="MaxLength">Most code points; null where there is no bound.</param>
public sealed record PatternText(GrammarNode Content, int MinLength, int? MaxLength);
