namespace Zakenak.ModelTrust.Tests.Fuzzing;

/// <summary>Changes bytes as transmission, carelessness and malice do. The same seed gives the same change.</summary>
internal static class Mutation
{
    private static readonly byte[][] Patches =
    [
        [0], [1], [0x7F], [0x80], [0xFF], [8], [9],
        [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0x80], [0, 0, 0, 0, 1, 0, 0, 0], [0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80], [0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        [.. "{}"u8], [.. "[]"u8], [.. "null"u8], [.. "\"\""u8], [.. "1e999"u8], [.. ",\"a\":1"u8], [.. "\\ud800"u8], [.. "\\u0000"u8], [.. "../"u8], [.. "=="u8], [.. "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["u8],
    ];

    public static byte[] Of(byte[] sound, int seed)
    {
        var random = new Random(seed);
        var bytes = new List<byte>(sound);
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            var patch = Patches[random.Next(Patches.Length)];
            switch (random.Next(7))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.InsertRange(at, patch);
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                    break;
                case 5 when random.Next(4) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    for (var i = 0; i < patch.Length && at + i < bytes.Count; i++)
                    {
                        bytes[at + i] = patch[i];
                    }

                    break;
            }
        }

        return [.. bytes];
    }
}
