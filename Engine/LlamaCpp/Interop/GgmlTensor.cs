using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary><c>ggml_tensor</c> of ggml 0.25.1.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlTensor
{
    public int Type;
    public nint Buffer;

    /// <summary>Number of elements in each dimension.</summary>
    public fixed long Size[4];

    /// <summary>Bytes from one element to the next in each dimension.</summary>
    public fixed ulong Stride[4];

    public int Operation;
    public fixed int Parameters[16];
    public int Flags;
    public Sources Source;
    public GgmlTensor* ViewSource;
    public nuint ViewOffset;
    public byte* Data;
    public fixed byte Name[64];
    public nint Extra;
    public fixed byte Padding[8];

    /// <summary>What the operation reads, null from the first that it does not.</summary>
    [InlineArray(10)]
    public struct Sources
    {
        private nint _first;
    }
}
