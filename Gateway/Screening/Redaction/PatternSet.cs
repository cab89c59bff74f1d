namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>The patterns that are taken out of one text. Where several match at the same place the longest counts, of equals the first.</summary>
internal sealed class PatternSet(IReadOnlyList<Pattern> patterns)
{
    public IReadOnlyList<Pattern> Patterns { get; } = patterns;

    /// <summary>Most characters of a text that wait.</summary>
    public int MaxUndecided { get; } = patterns.Count == 0 ? 0 : patterns.Max(pattern => pattern.MaxUndecided);
}
