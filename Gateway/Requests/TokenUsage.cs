namespace Zakenak.Gateway.Requests;

/// <summary>Tokens of one request: the prompt's, the completion's, and how many of the prompt's were known from before.</summary>
internal readonly record struct TokenUsage(int Input, int Output, int Cached = 0);
