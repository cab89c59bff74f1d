namespace Zakenak.Engine;

/// <summary>What a loaded model says of itself.</summary>
/// <param name="Description">Architecture, size and quantisation in a few words.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="VocabularySize">Number of tokens.</param>
/// <param name="TrainedContextTokens">Longest context it was trained on, in tokens.</param>
/// <param name="BeginOfSequence">The token that the model wants before every prompt; null where it wants none (llama.cpp's <c>add_bos</c>).</param>
public sealed record ModelInfo(string Description, long Parameters, int VocabularySize, int TrainedContextTokens, int? BeginOfSequence);
