namespace Zakenak.ModelTrust;

/// <summary>Why a model, a key or a file is not accepted.</summary>
/// <param name="Code">One of <see cref="RefusalCodes"/>; stable across versions.</param>
/// <param name="Message">One sentence or two that say what is wrong and what to do; no secret, no content of a model.</param>
public sealed record Refusal(string Code, string Message)
{
    public override string ToString() => $"{Code}: {Message}";
}
