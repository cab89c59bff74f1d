using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary><c>llama_logit_bias</c> of v0.5.0: 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LlamaLogitBias
{
    public int Token;
    public float Bias;
}
