namespace Zakenak.Engine.Tests.MatMul;

/// <summary>Products against their definition, and that a token's bits are its own.</summary>
public sealed class MatMulTests
{
    private const int Rows = 27;

    public MatMulTests() => Assert.SkipUnless(Vectors.IsSupported, "This processor has no AVX-512.");

    [Theory]
    [InlineData(8, 32, 1)]
    [InlineData(8, 32, 2)]
    [InlineData(64, 768, 1)]
    [InlineData(16, 1024, 3)]
    [InlineData(24, 1056, 5)]
    [InlineData(40, 3072, 16)]
    [InlineData(8, 96, 63)]
    [InlineData(8, 2080, 64)]
    [InlineData(16, 64, 131)]
    [InlineData(13, 64, 1)]
    [InlineData(11, 64, 9)]
    public void A_product_is_the_sum_over_the_columns(int rows, int columns, int tokens)
    {
        using var product = new MatMulCase(rows, columns, tokens, new Random(1));
        AssertComputed(product.Expected(), product.Computed());
    }

    [Fact]
    public void Whatever_the_shape_and_the_threads()
    {
        var random = new Random(2);
        for (var i = 0; i < 60; i++)
        {
            using var any = new MatMulCase(random.Next(8, 100), 32 * random.Next(1, 50), random.Next(1, 80), random);
            AssertComputed(any.Expected(), any.Computed(threads: random.Next(1, 4)));
        }
    }

    [Theory]
    [InlineData(1e-7f)] // float16 has no normal numbers there
    [InlineData(1e-4f)]
    [InlineData(30_000f)]
    public void Scales_of_any_size_are_taken_as_they_are(float scale)
    {
        using var product = new MatMulCase(8, 128, 6, new Random(3), scale);
        AssertComputed(product.Expected(), product.Computed());
    }

    [Theory]
    [InlineData(9, 768)]
    [InlineData(130, 2080)]
    public void A_token_has_the_same_bits_alone_and_beside_others_on_any_number_of_threads(int tokens, int columns)
    {
        using var product = new MatMulCase(Rows, columns, tokens, new Random(4));
        var all = product.Computed();
        Assert.Equal(all, product.Computed(threads: 3));
        for (var token = 0; token < tokens; token++)
            Assert.Equal(all[(token * Rows)..((token + 1) * Rows)], product.ComputedAlone(token));
    }

    // Fewer than 2^12 roundings, each of half a unit of 2^-24.
    private static void AssertComputed((double Sum, double Size)[] expected, float[] computed)
    {
        Assert.Equal(expected.Length, computed.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i].Sum - computed[i]) <= 1e-5 * expected[i].Size, $"{i}: {computed[i]}, not {expected[i].Sum}");
    }
}
