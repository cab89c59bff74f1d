namespace Zakenak.ModelServer.Completions;

/// <summary>What a completion cost, in tokens.</summary>
/// <param name="PromptTokens">Read.</param>
/// <param name="CompletionTokens">Written.</param>
/// <param name="CachedTokens">Of those read, the ones that an earlier request had decoded already.</param>
public readonly record struct Usage(int PromptTokens, int CompletionTokens, int CachedTokens = 0)
{
    public int TotalTokens => PromptTokens + CompletionTokens;
}
