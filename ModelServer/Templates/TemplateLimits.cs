namespace Zakenak.ModelServer.Templates;

/// <summary>What one template may be, and what one rendering of it may take.</summary>
public sealed record TemplateLimits
{
    /// <summary>Largest source, in characters; the largest published ones have 30,000.</summary>
    public int MaxSourceCharacters { get; init; } = 256 * 1024;

    /// <summary>How deep expressions, blocks and calls nest.</summary>
    public int MaxDepth { get; init; } = 200;

    /// <summary>Evaluations of expressions and statements; eight characters of text made count as one.</summary>
    public long MaxSteps { get; init; } = 10_000_000;

    /// <summary>Longest text, in UTF-16 characters: the result, and everything on the way to it.</summary>
    public int MaxCharacters { get; init; } = 16 * 1024 * 1024;

    /// <summary>Longest time.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromSeconds(2);
}
