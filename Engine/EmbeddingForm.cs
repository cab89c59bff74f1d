namespace Zakenak.Engine;

/// <summary>How a model's embeddings are made.</summary>
/// <param name="Dimensions">Numbers in a vector.</param>
/// <param name="Pooling">As the model's file says.</param>
/// <param name="BeginOfText">The token that the model wants before every text; null where it wants none.</param>
/// <param name="EndOfText">The token that it wants after every text; null where it wants none.</param>
public sealed record EmbeddingForm(int Dimensions, Pooling Pooling, int? BeginOfText, int? EndOfText);
