namespace Zakenak.Gateway.Requests;

/// <summary>Tokens of one request: the prompt's and the completion's.</summary>
internal readonly record struct TokenUsage(int Input, int Output);
