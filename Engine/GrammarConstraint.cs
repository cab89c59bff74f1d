namespace Zakenak.Engine;

/// <summary>A grammar that an answer keeps to, from its beginning or from the moment at which it is called for.</summary>
/// <param name="Gbnf">In llama.cpp's GBNF; the first rule is <c>root</c>. Checked with <see cref="ILlamaBackend.AcceptsGrammar"/> before.</param>
public sealed record GrammarConstraint(string Gbnf)
{
    /// <summary>Texts after which the grammar holds; what comes before them is free. None: it holds from the beginning.</summary>
    public IReadOnlyList<byte[]> TriggerTexts { get; init; } = [];

    /// <summary>Special tokens after which it holds.</summary>
    public IReadOnlyList<int> TriggerTokens { get; init; } = [];

    /// <summary>Whether the beginning of the answer is free.</summary>
    public bool IsLazy => TriggerTexts.Count + TriggerTokens.Count > 0;
}
