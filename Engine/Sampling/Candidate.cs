using System.Runtime.InteropServices;

namespace Zakenak.Engine.Sampling;

/// <summary>A token that may come next; laid out as <c>llama_token_data</c>, 12 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Candidate
{
    public int Token;
    public float Logit;
    public float Probability;
}
