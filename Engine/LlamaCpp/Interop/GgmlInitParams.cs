using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary><c>ggml_init_params</c> of ggml 0.25.1.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GgmlInitParams
{
    public nuint MemorySize;

    /// <summary>Null has ggml allocate it.</summary>
    public nint Memory;
    public byte NoAllocation;
}
