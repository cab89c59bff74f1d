using Zakenak.Contracts;
using Zakenak.Gateway.Screening;

namespace Zakenak.Gateway.Routing;

/// <summary>One kind of request that goes on to a model server: all kinds take the same steps and differ in this alone.</summary>
/// <param name="Operation">OpenTelemetry's GenAI word for it; the label of metrics.</param>
/// <param name="Path">The same here and at the model server.</param>
/// <param name="Scope">What a client must be allowed.</param>
/// <param name="Content">The member that must be in the body; null where the model server is the one to say what is missing.</param>
/// <param name="Schema">The members that the gateway knows.</param>
/// <param name="Streams">Whether <c>stream</c> means something.</param>
/// <param name="Takes">What of the budgets of tokens it takes.</param>
/// <param name="Answer">The member by which an answer is known to be one.</param>
internal sealed record ApiRoute(string Operation, string Path, ClientScopes Scope, string? Content, RequestSchema Schema, bool Streams, TokenUse Takes, string Answer)
{
    public static ApiRoute Chat { get; } = new("chat", "/v1/chat/completions", ClientScopes.Chat, "messages", RequestSchema.Chat, Streams: true, TokenUse.PromptAndCompletion, "choices");

    public static ApiRoute Embeddings { get; } = new("embeddings", "/v1/embeddings", ClientScopes.Embeddings, "input", RequestSchema.Embeddings, Streams: false, TokenUse.Prompt, "data");

    public static ApiRoute Tokenize { get; } = new("tokenize", "/v1/tokenize", ClientScopes.Tokenize, null, RequestSchema.Tokenize, Streams: false, TokenUse.None, "tokens");

    /// <summary>There is one of each kind.</summary>
    public bool Equals(ApiRoute? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Operation.Length;

    /// <summary>All that a model server is asked on a client's behalf.</summary>
    public static IReadOnlyList<ApiRoute> All { get; } = [Chat, Embeddings, Tokenize];
}
