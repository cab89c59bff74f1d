using System.Runtime.Intrinsics;
using Zakenak.Engine.Attention;

namespace Zakenak.Engine.Tests.Attention;

/// <summary>Attention against its definition, over caches as they come: of one sequence, of many, shared, with holes.</summary>
public sealed class AttentionTests : IDisposable
{
    private const float Hidden = float.NegativeInfinity;

    private readonly AttentionPool _pool;

    public AttentionTests()
    {
        Assert.SkipUnless(Vectors.IsSupported, "This processor has no AVX-512.");
        _pool = new AttentionPool(1);
    }

    public void Dispose() => _pool?.Dispose();

    [Theory]
    [InlineData(1, 1, 1, 1, 64, 64)]
    [InlineData(1, 700, 12, 12, 64, 64)]
    [InlineData(5, 130, 12, 4, 64, 64)]
    [InlineData(7, 257, 8, 1, 128, 128)]
    [InlineData(33, 96, 6, 2, 192, 128)]
    [InlineData(2, 64, 3, 1, 256, 64)]
    public void A_prompt_sees_what_lies_before_it(int rows, int cells, int heads, int keyValueHeads, int headSize, int valueSize)
    {
        using var one = new AttentionCase(rows, cells, heads, keyValueHeads, headSize, valueSize, new Random(1), (row, cell) => cell <= cells - rows + row ? 0 : Hidden);
        AssertComputed(one);
    }

    [Fact]
    public void Rows_of_many_sequences_see_their_own_cells_and_those_they_share()
    {
        // Sixteen sequences share 100 cells; of the others every sixteenth is theirs.
        using var shared = new AttentionCase(16, 420, 4, 2, 64, 64, new Random(2), (row, cell) => cell < 100 || cell % 16 == row ? 0 : Hidden);
        AssertComputed(shared);
        using var apart = new AttentionCase(16, 420, 4, 2, 64, 64, new Random(3), (row, cell) => cell % 16 == row ? 0 : Hidden);
        AssertComputed(apart);
    }

    [Fact]
    public void Whatever_the_mask_and_the_threads()
    {
        var random = new Random(4);
        for (var i = 0; i < 60; i++)
        {
            var keyValueHeads = random.Next(1, 4);
            var density = random.NextDouble();
            var isBiased = random.Next(3) == 0;
            using var any = new AttentionCase(random.Next(1, 14), random.Next(1, 300), keyValueHeads * random.Next(1, 5), keyValueHeads, 64, 64, random,
                (_, _) => random.NextDouble() > density ? Hidden : isBiased ? -random.NextSingle() : 0);
            using var pool = new AttentionPool(random.Next(1, 4));
            AssertComputed(any, pool: pool);
        }
    }

    [Fact]
    public void A_row_that_sees_nothing_is_zero()
    {
        using var blind = new AttentionCase(6, 80, 2, 1, 64, 64, new Random(5), (row, cell) => row is 3 or 5 || cell > 70 ? Hidden : 0);
        AssertComputed(blind);
    }

    [Fact]
    public void Small_and_large_numbers_keep_their_precision()
    {
        foreach (var spread in (float[])[1e-6f, 1e-4f, 100f])
        {
            using var extreme = new AttentionCase(4, 50, 2, 1, 64, 64, new Random(6), (_, _) => 0, spread);
            AssertComputed(extreme, spread);
        }
    }

    [Fact]
    public void A_row_has_the_same_bits_alone_and_beside_others_on_any_number_of_threads()
    {
        static float Sees(int row, int cell) => cell <= 290 + row && cell % 7 != row % 3 ? 0 : Hidden;
        using var together = new AttentionCase(9, 300, 6, 2, 64, 64, new Random(7), Sees);
        var all = together.Computed(_pool);
        using var three = new AttentionPool(3);
        Assert.Equal(all, together.Computed(three));
        var size = all.Length / 9;
        for (var row = 0; row < 9; row++)
            Assert.Equal(all[(row * size)..((row + 1) * size)], together.ComputedAlone(_pool, row));
    }

    [Fact]
    public void The_exponential_is_right_to_the_last_bits()
    {
        for (var x = -86.9f; x <= 0; x += 0.0137f)
        {
            var power = AttentionKernel.Exp(Vector512.Create(x))[0];
            Assert.InRange(Math.Abs((power / Math.Exp(x)) - 1), 0, 5e-7);
        }

        Assert.Equal(1, AttentionKernel.Exp(Vector512.Create(0f))[3]);
        Assert.Equal(0, AttentionKernel.Exp(Vector512.Create(-88f))[0]);
        Assert.Equal(0, AttentionKernel.Exp(Vector512.Create(float.NegativeInfinity))[0]);
        Assert.True(float.IsNaN(AttentionKernel.Exp(Vector512.Create(float.NaN))[0]));
    }

    private void AssertComputed(AttentionCase attention, float size = 1, AttentionPool? pool = null)
    {
        var (expected, computed) = (attention.Expected(), attention.Computed(pool ?? _pool));
        Assert.Equal(expected.Length, computed.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - computed[i]) <= 2e-5 * size, $"{i}: {computed[i]}, not {expected[i]}");
    }
}
