using System.Text.Json;

namespace Zakenak.ModelServer.Structured.Tools;

/// <summary>What a request says of tools.</summary>
/// <param name="Given">OpenAI's <c>tools</c> as they came, for the chat template.</param>
/// <param name="Callable">Those that may be called: all, or the one that <c>tool_choice</c> names.</param>
/// <param name="Mode">Whether one must be.</param>
/// <param name="Parallel">Whether several may be called at once.</param>
public sealed record ToolRequest(JsonElement Given, IReadOnlyList<ToolDefinition> Callable, ToolMode Mode, bool Parallel);
