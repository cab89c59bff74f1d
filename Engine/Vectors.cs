using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zakenak.Engine;

/// <summary>What the kernels share: 512-bit vectors of float32, and float16 widened to it.</summary>
internal static unsafe class Vectors
{
    /// <summary>What numbers of <see cref="Widen(short)"/> are to be multiplied by: 2^112, for float16's exponent counts from 15, float32's from 127.</summary>
    public const float Whole = 5.192296858534828e33f;

    private const int KeptBits = unchecked((int)0x8FFFE000);

    /// <summary>Whether this processor has what the kernels are written in.</summary>
    public static bool IsSupported => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    /// <summary>A float16's bits: sign to the front, exponent and mantissa to where float32 has them, which makes the number 2^112 too small.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(short half) => BitConverter.Int32BitsToSingle((half << 13) & KeptBits);

    /// <summary>The same for 16 of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(byte* halves) =>
        (Vector512.ShiftLeft(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)halves)), 13) & Vector512.Create(KeptBits)).AsSingle();

    /// <summary>The sum of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var ab = Avx.HorizontalAdd(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper());
        var cd = Avx.HorizontalAdd(c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());
        var sums = Avx.HorizontalAdd(ab, cd);
        return sums.GetLower() + sums.GetUpper();
    }
}
