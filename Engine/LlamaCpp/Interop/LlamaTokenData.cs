using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary><c>llama_token_data</c> of v0.5.0: 12 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LlamaTokenData
{
    public int Token;
    public float Logit;
    public float Probability;
}
