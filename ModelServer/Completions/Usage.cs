namespace Zakenak.ModelServer.Completions;

/// <summary>What a completion cost, in tokens.</summary>
public readonly record struct Usage(int PromptTokens, int CompletionTokens)
{
    public int TotalTokens => PromptTokens + CompletionTokens;
}
