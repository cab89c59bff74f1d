using System.Text.Json;

namespace Zakenak.ModelServer.Structured.Tools;

/// <summary>A function that the model may call.</summary>
/// <param name="Name">Letters, digits, '_' and '-'.</param>
/// <param name="Parameters">JSON Schema of its arguments, which are an object.</param>
public sealed record ToolDefinition(string Name, JsonElement Parameters);
