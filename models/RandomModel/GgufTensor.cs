namespace Zakenak.RandomModel;

/// <summary>A tensor to be written: rows of <paramref name="Width"/> weights, or one vector if <paramref name="Rows"/> is 1.</summary>
/// <param name="Name">As llama.cpp looks it up.</param>
/// <param name="Width">Weights in a row.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Type">How a weight is stored.</param>
/// <param name="Content">What the weights are.</param>
internal sealed record GgufTensor(string Name, int Width, int Rows, WeightType Type, WeightContent Content)
{
    public long Bytes => Rows * Type.RowBytes(Width);
}
