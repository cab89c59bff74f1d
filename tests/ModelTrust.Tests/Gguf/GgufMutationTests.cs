using FsCheck;
using FsCheck.Fluent;

namespace Zakenak.ModelTrust.Tests.Gguf;

/// <summary>Whatever becomes of a header's bytes, reading ends by a header or by a code, and allocates little.</summary>
public class GgufMutationTests
{
    private const int MaxAllocatedBytes = 2_000_000;

    private static readonly byte[] Sound = GgufFile.Small().ToArray();

    [Fact]
    public void Every_flipped_bit_is_read_to_an_end()
    {
        for (var bit = 0; bit < Sound.Length * 8; bit++)
        {
            var mutated = (byte[])Sound.Clone();
            mutated[bit / 8] ^= (byte)(1 << (bit % 8));
            Read(mutated);
        }
    }

    [Fact]
    public void Thousands_of_random_mutations_are_read_to_an_end()
    {
        var place = Gen.Choose(0, Sound.Length - 1);
        var bytes = Gen.Elements<byte[]>(
            [0], [1], [0xFF], [0x7F], [9], [8],
            [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 1, 0, 0, 0]);
        var mutation = place.SelectMany(at => bytes.Select(patch => (at, patch)));
        var mutations = Gen.NonEmptyListOf(mutation).SelectMany(list => Gen.Choose(0, 64).Select(cut => (list, cut)));
        Prop.ForAll(
            mutations.ToArbitrary(),
            change =>
            {
                var mutated = (byte[])Sound.Clone();
                foreach (var (at, patch) in change.list)
                {
                    patch.AsSpan(0, Math.Min(patch.Length, mutated.Length - at)).CopyTo(mutated.AsSpan(at));
                }

                Read(mutated[..(mutated.Length - change.cut)]);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000).WithQuietOnSuccess(true));
    }

    private static void Read(byte[] content)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var code = GgufHeaderTests.Code(content);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(code is null or RefusalCodes.GgufMalformed or RefusalCodes.GgufNotSupported, code);
        Assert.InRange(allocated, 0, MaxAllocatedBytes);
    }
}
