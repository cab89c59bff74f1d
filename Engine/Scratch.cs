using System.Runtime.InteropServices;

namespace Zakenak.Engine;

/// <summary>Memory of a kernel's that grows to what is asked for and is kept, from a cache line's beginning on.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    private float* _pointer;
    private nuint _length;

    /// <summary>So many numbers, whatever they were. Throws <see cref="OutOfMemoryException"/>.</summary>
    public float* Of(int length)
    {
        if ((nuint)length > _length)
        {
            Dispose();
            var more = Math.Max((nuint)length, 4096);
            _pointer = (float*)NativeMemory.AlignedAlloc(more * sizeof(float), 64);
            _length = more;
        }

        return _pointer;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
        _length = 0;
    }
}
