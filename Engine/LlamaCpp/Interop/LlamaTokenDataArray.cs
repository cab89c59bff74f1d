using System.Runtime.InteropServices;
using Zakenak.Engine.Sampling;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary><c>llama_token_data_array</c> of v0.5.0: 32 bytes. A sampler may make it point elsewhere, to fewer and in another order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LlamaTokenDataArray
{
    public Candidate* Data;
    public nuint Count;
    public long Selected;
    public byte Sorted;
}
