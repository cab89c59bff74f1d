using System.Buffers;
using System.Runtime.CompilerServices;
using LLama.Native;
using Zakenak.Engine.Sampling;

namespace Zakenak.Engine.LLamaSharp;

/// <summary>Candidates that lie fixed, as LLamaSharp takes them: both types are llama.cpp's <c>llama_token_data</c>.</summary>
internal sealed unsafe class CandidateMemory(Candidate* data, int count) : MemoryManager<LLamaTokenData>
{
    public override Span<LLamaTokenData> GetSpan() => new(data, count);

    public override MemoryHandle Pin(int elementIndex = 0) => new(data + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => System.Diagnostics.Debug.Assert(Unsafe.SizeOf<Candidate>() == Unsafe.SizeOf<LLamaTokenData>());
}
