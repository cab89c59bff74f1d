using System.Buffers.Binary;
using System.Numerics;

namespace Zakenak.RandomModel;

/// <summary>
/// Rows of random weights. Every weight is a random byte times a power of two, so that F32, F16 and Q8_0 files of one seed hold exactly
/// the same weights.
/// </summary>
internal sealed class WeightSource(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Scale that gives weights uniform in about ±sqrt(3 / width): a product with a row keeps the size of its input.</summary>
    public static float Scale(int width) => MathF.Pow(2, MathF.Round(MathF.Log2(MathF.Sqrt(3f / width) / 127)));

    /// <summary>Writes one row of <paramref name="type"/> weights.</summary>
    public void Fill(Span<byte> row, int width, WeightType type)
    {
        var scale = Scale(width);
        switch (type)
        {
            case WeightType.F32:
                for (var i = 0; i < width; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(row[(i * 4)..], NextByte() * scale);
                break;
            case WeightType.F16:
                for (var i = 0; i < width; i++)
                    BinaryPrimitives.WriteHalfLittleEndian(row[(i * 2)..], (Half)(NextByte() * scale));
                break;
            default:
                for (var at = 0; at < row.Length; at += 2 + WeightTypes.BlockWeights)
                {
                    BinaryPrimitives.WriteHalfLittleEndian(row[at..], (Half)scale);
                    for (var i = 0; i < WeightTypes.BlockWeights; i++)
                        row[at + 2 + i] = (byte)NextByte();
                }

                break;
        }
    }

    // SplitMix64, one step per weight: 110 million of them take a second, and every .NET gives the same.
    private sbyte NextByte()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (sbyte)((int)BitOperations.RotateLeft(z, 8) % 128);
    }
}
