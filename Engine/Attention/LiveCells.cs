using System.Numerics;
using System.Runtime.Intrinsics;

namespace Zakenak.Engine.Attention;

/// <summary>
/// Which cells each row sees, read from the mask once, and which neighbouring rows see so much the same that they are computed together. In
/// a cache that all sequences share most cells are of others: what a row does not see costs it one bit here and nothing later.
/// </summary>
internal sealed unsafe class LiveCells
{
    private const ushort MinusInfinity = 0xFC00;
    private const int WordBits = 64;

    private ulong[] _seen = [];
    private int[] _counts = [];
    private int _words;

    /// <summary>First row and number of rows of each group; together they are all rows, in order.</summary>
    public List<(int First, int Rows)> Groups { get; } = [];

    /// <summary>Whether some value of the mask is neither 0 nor minus infinity, so that it must be added everywhere.</summary>
    public bool IsBiased { get; private set; }

    /// <summary>Reads a mask of float16.</summary>
    public void Read(byte* mask, nint rowStride, int rows, int cells)
    {
        _words = (cells + WordBits - 1) / WordBits;
        if (_seen.Length < rows * _words)
            _seen = new ulong[rows * _words];
        if (_counts.Length < rows)
            _counts = new int[rows];
        IsBiased = false;
        for (var row = 0; row < rows; row++)
            _counts[row] = ReadRow((ushort*)(mask + (row * rowStride)), Row(row), cells);
        Group(rows);
    }

    /// <summary>
    /// Lists the cells that any row of a group sees, and the places in that list where not every row of it does. Returns how many of each;
    /// both arrays are made larger as needed.
    /// </summary>
    public (int Cells, int Partial) List(int first, int rows, ref int[] cells, ref int[] partial)
    {
        int count = 0, partly = 0;
        for (var word = 0; word < _words; word++)
        {
            ulong any = 0, all = ulong.MaxValue;
            for (var row = first; row < first + rows; row++)
            {
                any |= Row(row)[word];
                all &= Row(row)[word];
            }

            if (any == 0)
                continue;
            Room(ref cells, count);
            Room(ref partial, partly);
            for (var left = any; left != 0; left &= left - 1)
            {
                var bit = BitOperations.TrailingZeroCount(left);
                if (IsBiased || (all >> bit & 1) == 0)
                    partial[partly++] = count;
                cells[count++] = (word * WordBits) + bit;
            }
        }

        return (count, partly);
    }

    private static void Room(ref int[] array, int used)
    {
        // For one more word's cells and what the kernel pads with.
        if (array.Length < used + (2 * WordBits))
            Array.Resize(ref array, Math.Max(2 * array.Length, used + (2 * WordBits)));
    }

    private int ReadRow(ushort* mask, Span<ulong> seen, int cells)
    {
        var count = 0;
        for (var word = 0; word < _words; word++)
        {
            var from = word * WordBits;
            ulong bits = 0;
            if (from + WordBits <= cells)
            {
                Vector512<ushort> low = Vector512.Load(mask + from), high = Vector512.Load(mask + from + 32);
                var isHidden = Vector512.Create(MinusInfinity);
                bits = ~(Vector512.Equals(low, isHidden).ExtractMostSignificantBits() | (Vector512.Equals(high, isHidden).ExtractMostSignificantBits() << 32));
                IsBiased |= bits != 0 && !Vector512.EqualsAll(low & ~Vector512.Equals(low, isHidden) | high & ~Vector512.Equals(high, isHidden), Vector512<ushort>.Zero);
            }
            else
            {
                for (var i = from; i < cells; i++)
                {
                    if (mask[i] == MinusInfinity)
                        continue;
                    bits |= 1ul << (i - from);
                    IsBiased |= mask[i] != 0;
                }
            }

            seen[word] = bits;
            count += BitOperations.PopCount(bits);
        }

        return count;
    }

    // Rows of one sequence see the same but for their own last cells; rows that share a long prefix nearly so.
    private void Group(int rows)
    {
        Groups.Clear();
        for (var first = 0; first < rows;)
        {
            var size = 1;
            while (size < AttentionKernel.Width && first + size < rows && IsAlike(first, size + 1))
                size++;
            Groups.Add((first, size));
            first += size;
        }
    }

    private bool IsAlike(int first, int rows)
    {
        var together = 0;
        for (var word = 0; word < _words; word++)
        {
            ulong any = 0;
            for (var row = first; row < first + rows; row++)
                any |= Row(row)[word];
            together += BitOperations.PopCount(any);
        }

        // Four together cost per cell what two and a half do alone.
        var alone = 0;
        for (var row = first; row < first + rows; row++)
            alone += _counts[row];
        return together * rows <= alone * 4 / 3;
    }

    private Span<ulong> Row(int row) => _seen.AsSpan(row * _words, _words);
}
