namespace Zakenak.Engine;

/// <summary>A backend that can make embeddings too, of the same weights but beside the context that generates. Any thread.</summary>
public interface IEmbeddingBackend
{
    /// <summary>Null where the model makes none, as one that only ranks.</summary>
    EmbeddingForm? Embeddings { get; }

    /// <summary>
    /// Makes a context for texts of at most <paramref name="maxTokens"/> tokens; it may outlive the backend. Throws <see cref="EngineException"/>
    /// where there is no memory for it.
    /// </summary>
    IEmbedder CreateEmbedder(int maxTokens, int threads);
}
