using System.Text.Json.Serialization;

namespace Zakenak.Contracts;

/// <summary>The body of every refusal under <c>/v1</c> that an OpenAI client may meet.</summary>
public sealed record OpenAiErrorBody([property: JsonPropertyName("error")] OpenAiError Error);

/// <summary>One error: a sentence for people, a type and a stable code for programs, and the parameter at fault.</summary>
public sealed record OpenAiError(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("param")] string? Param,
    [property: JsonPropertyName("code")] string? Code);
