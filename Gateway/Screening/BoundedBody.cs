using System.Buffers;

namespace Zakenak.Gateway.Screening;

/// <summary>Reads a body of unknown length into one pooled buffer that never grows past a limit.</summary>
internal static class BoundedBody
{
    private const int FirstBytes = 4096;

    /// <summary>What is announced need not come: beyond this only bytes that did come make the buffer grow.</summary>
    private const int MaxFirstBytes = 64 * 1024;

    /// <summary>The pooled buffer and how much of it is filled; null as soon as there is more than <paramref name="maxBytes"/>.</summary>
    /// <param name="expected">Length that was announced, if any: a hint only.</param>
    public static async ValueTask<(byte[] Buffer, int Length)?> ReadAsync(
        Stream body, long? expected, int maxBytes, CancellationToken cancellation)
    {
        // One more byte than announced, so that the end shows without growing.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Min(maxBytes, MaxFirstBytes), expected ?? FirstBytes) + 1);
        var length = 0;
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer.AsMemory(length), cancellation)) > 0)
            {
                length += read;
                if (length > maxBytes)
                {
                    Return(buffer, length);
                    return null;
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(maxBytes + 1L, length * 2L));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    Return(buffer, length);
                    buffer = larger;
                }
            }

            return (buffer, length);
        }
        catch
        {
            Return(buffer, length);
            throw;
        }
    }

    private static void Return(byte[] buffer, int length)
    {
        buffer.AsSpan(0, length).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
