namespace Zakenak.RandomModel;

/// <summary>Size of a llama-architecture model.</summary>
/// <param name="Name">Goes into the file as <c>general.name</c>.</param>
/// <param name="Layers">Transformer blocks.</param>
/// <param name="Width">Of the residual stream; a multiple of <paramref name="HeadWidth"/> and of 32.</param>
/// <param name="KeyValueHeads">Heads of keys and values; fewer than there are query heads means grouped-query attention.</param>
/// <param name="FeedForwardWidth">Hidden width of a feed-forward block; a multiple of 32.</param>
/// <param name="Vocabulary">Tokens; a smaller tokenizer is extended to it. 0 takes the tokenizer's own number.</param>
/// <param name="ContextTokens">What the file says it was trained on.</param>
/// <param name="HeadWidth">64 is what llama.cpp's prebuilt attention kernels are fastest at.</param>
public sealed record ModelShape(
    string Name,
    int Layers,
    int Width,
    int KeyValueHeads,
    int FeedForwardWidth,
    int Vocabulary,
    int ContextTokens,
    int HeadWidth = 64)
{
    /// <summary>A model that loads in milliseconds: half a million weights over the byte tokenizer.</summary>
    public static ModelShape Tiny { get; } = new("random-tiny", 2, 128, 1, 256, 0, 2048);

    /// <summary>About 15 million weights.</summary>
    public static ModelShape Small { get; } = new("random-15m", 7, 384, 6, 1024, 4096, 4096);

    /// <summary>About 110 million weights.</summary>
    public static ModelShape Medium { get; } = new("random-110m", 12, 768, 12, 2048, 16384, 4096);

    /// <summary>Query heads.</summary>
    public int Heads => Width / HeadWidth;

    /// <summary>Throws <see cref="ArgumentException"/> if no such model can be made.</summary>
    public void Validate()
    {
        if (Layers < 1 || Width < HeadWidth || FeedForwardWidth < WeightTypes.BlockWeights || KeyValueHeads < 1 || ContextTokens < 1 || Vocabulary < 0)
            throw new ArgumentException($"{Name} has a size below its least.");
        if (Width % HeadWidth != 0 || Width % WeightTypes.BlockWeights != 0 || FeedForwardWidth % WeightTypes.BlockWeights != 0)
            throw new ArgumentException($"Width must be a multiple of the head width ({HeadWidth}), widths multiples of {WeightTypes.BlockWeights}.");
        if (Heads % KeyValueHeads != 0)
            throw new ArgumentException($"{Heads} query heads can't be shared out over {KeyValueHeads} key-value heads.");
    }

    internal IReadOnlyList<GgufTensor> Tensors(int vocabulary, WeightType type)
    {
        var keyValueWidth = KeyValueHeads * HeadWidth;
        var tensors = new List<GgufTensor> { new("token_embd.weight", Width, vocabulary, type, WeightContent.Random) };
        for (var layer = 0; layer < Layers; layer++)
        {
            tensors.AddRange([
                new($"blk.{layer}.attn_norm.weight", Width, 1, WeightType.F32, WeightContent.Ones),
                new($"blk.{layer}.attn_q.weight", Width, Width, type, WeightContent.Random),
                new($"blk.{layer}.attn_k.weight", Width, keyValueWidth, type, WeightContent.Random),
                new($"blk.{layer}.attn_v.weight", Width, keyValueWidth, type, WeightContent.Random),
                new($"blk.{layer}.attn_output.weight", Width, Width, type, WeightContent.Random),
                new($"blk.{layer}.ffn_norm.weight", Width, 1, WeightType.F32, WeightContent.Ones),
                new($"blk.{layer}.ffn_gate.weight", Width, FeedForwardWidth, type, WeightContent.Random),
                new($"blk.{layer}.ffn_up.weight", Width, FeedForwardWidth, type, WeightContent.Random),
                new($"blk.{layer}.ffn_down.weight", FeedForwardWidth, Width, type, WeightContent.Random),
            ]);
        }

        tensors.Add(new("output_norm.weight", Width, 1, WeightType.F32, WeightContent.Ones));
        tensors.Add(new("output.weight", Width, vocabulary, type, WeightContent.Output));
        return tensors;
    }
}
