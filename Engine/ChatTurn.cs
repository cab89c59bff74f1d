namespace Zakenak.Engine;

/// <summary>One message for a chat template.</summary>
public sealed record ChatTurn(string Role, string Content);
