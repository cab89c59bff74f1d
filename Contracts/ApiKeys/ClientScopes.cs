namespace Zakenak.Contracts;

/// <summary>What a client may ask for.</summary>
[Flags]
public enum ClientScopes
{
    None = 0,

    /// <summary>Completions, in every protocol.</summary>
    Chat = 1,
    Embeddings = 2,

    /// <summary>The list of models.</summary>
    Models = 4,
    Tokenize = 8,

    /// <summary>Of an API key that names none: those that were there before keys had scopes. What is added later must be given.</summary>
    Default = Chat | Embeddings | Models | Tokenize,
}
