namespace Zakenak.ModelServer.Templates;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">system, user, assistant or tool: never text that a client chose.</param>
/// <param name="Content">Its text; empty for an assistant's turn that only calls tools.</param>
public sealed record ChatTurn(string Role, string Content)
{
    /// <summary>The tools that an assistant's turn calls.</summary>
    public IReadOnlyList<ChatToolCall> ToolCalls { get; init; } = [];

    /// <summary>Of a tool's turn: which call it answers.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>Of a tool's turn: the tool.</summary>
    public string? Name { get; init; }
}
