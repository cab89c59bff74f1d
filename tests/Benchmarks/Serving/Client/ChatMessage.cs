namespace Zakenak.Benchmarks.Serving.Client;

/// <summary>One turn of a conversation, in OpenAI's words.</summary>
internal sealed record ChatMessage(string Role, string Content);
