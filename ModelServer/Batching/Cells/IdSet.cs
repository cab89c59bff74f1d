using System.Numerics;
using System.Runtime.CompilerServices;

namespace Zakenak.ModelServer.Batching.Cells;

/// <summary>A set of sequence ids, 0 to 255: as many as llama.cpp has.</summary>
[InlineArray(4)]
internal struct IdSet
{
    public const int Capacity = 256;

    private ulong _word;

    /// <summary>The least id; -1 of an empty set.</summary>
    public readonly int First
    {
        get
        {
            for (var i = 0; i < 4; i++)
            {
                if (this[i] != 0)
                {
                    return (i * 64) + BitOperations.TrailingZeroCount(this[i]);
                }
            }

            return -1;
        }
    }

    public readonly bool Contains(int id) => (this[id >> 6] & (1UL << (id & 63))) != 0;

    public void Add(int id) => this[id >> 6] |= 1UL << (id & 63);

    public void Remove(int id) => this[id >> 6] &= ~(1UL << (id & 63));
}
