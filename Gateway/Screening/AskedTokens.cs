namespace Zakenak.Gateway.Screening;

/// <summary>What a body says about the tokens it may take.</summary>
/// <param name="MaxTokens">The larger of <c>max_completion_tokens</c> and <c>max_tokens</c>; of each choice.</param>
/// <param name="Choices">Of <c>n</c>.</param>
/// <param name="Extended">Whether the member <c>zakenak</c> is there: with features the prompt holds more than the body.</param>
internal readonly record struct AskedTokens(int? MaxTokens, int Choices, bool Extended)
{
    /// <summary>OpenAI's own bound. Beyond it nobody means what is asked, and no budget of tokens is told to have been too small for it.</summary>
    public const int MaxChoices = 128;

    public static AskedTokens Nothing { get; } = new(null, 1, false);

    /// <summary>The member that <see cref="MaxTokens"/> is from, as the client is told.</summary>
    public string? MaxTokensName { get; init; }

    /// <summary>Takes in one of the two; where both are there the model server takes one of them, and the larger bounds either.</summary>
    public AskedTokens WithMax(int tokens, string name) => MaxTokens >= tokens ? this : this with { MaxTokens = tokens, MaxTokensName = name };
}
