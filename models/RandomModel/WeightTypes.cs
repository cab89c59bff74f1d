namespace Zakenak.RandomModel;

internal static class WeightTypes
{
    /// <summary>Weights that share one scale in <see cref="WeightType.Q8"/>.</summary>
    public const int BlockWeights = 32;

    private const int BlockBytes = 2 + BlockWeights;

    public static long RowBytes(this WeightType type, int width) => type switch
    {
        WeightType.F32 => width * 4L,
        WeightType.F16 => width * 2L,
        _ => width / BlockWeights * (long)BlockBytes,
    };

    /// <summary>The file's <c>general.file_type</c> (<c>llama_ftype</c>).</summary>
    public static uint FileType(this WeightType type) => type switch
    {
        WeightType.F32 => 0,
        WeightType.F16 => 1,
        _ => 7,
    };
}
