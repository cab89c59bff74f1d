namespace Zakenak.ModelServer.Templates;

/// <summary>A call of a tool by the assistant.</summary>
/// <param name="Id">What the tool's answer refers to.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">JSON, as it was written.</param>
public sealed record ChatToolCall(string Id, string Name, string Arguments);
