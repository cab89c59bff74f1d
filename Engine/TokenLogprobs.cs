namespace Zakenak.Engine;

/// <summary>How likely a token was, by the model alone: before temperature, bias, penalties and grammar.</summary>
/// <param name="Token">The one that was chosen.</param>
/// <param name="Logprob">Natural logarithm of its probability.</param>
/// <param name="Top">The likeliest tokens, best first.</param>
public sealed record TokenLogprobs(int Token, float Logprob, IReadOnlyList<(int Token, float Logprob)> Top);
