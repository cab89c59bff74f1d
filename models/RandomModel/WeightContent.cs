namespace Zakenak.RandomModel;

/// <summary>What a tensor is filled with.</summary>
internal enum WeightContent
{
    /// <summary>Random weights that keep the size of what passes through them.</summary>
    Random,

    /// <summary>Random weights, but rows of special tokens are zero, so that a random model ends its answer by chance alone and a greedy one never.</summary>
    Output,

    /// <summary>All one, as a norm has at the start.</summary>
    Ones,
}
