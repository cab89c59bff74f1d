namespace Zakenak.Engine;

/// <summary>Turns texts into vectors, one at a time: not for two threads at once.</summary>
public interface IEmbedder : IDisposable
{
    /// <summary>Most tokens of one text, those around it included.</summary>
    int MaxTokens { get; }

    /// <summary>
    /// Writes the text's vector, of length 1, into <paramref name="vector"/>, which has <see cref="EmbeddingForm.Dimensions"/> places. Nothing is
    /// added around the tokens. A cancelled one ends between two chunks.
    /// </summary>
    DecodeStatus Embed(ReadOnlySpan<int> tokens, Span<float> vector, CancellationToken cancellationToken);
}
