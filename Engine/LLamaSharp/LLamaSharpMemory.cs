using LLama.Native;
using Zakenak.Engine.Cells;

namespace Zakenak.Engine.LLamaSharp;

/// <summary>The KV cells by LLamaSharp.</summary>
internal sealed class LLamaSharpMemory(SafeLLamaContextHandle context) : IKvMemory
{
    public bool IsClosed => context.IsClosed;

    public int FirstPosition(int sequence) => context.MemorySequenceMinPosition((LLamaSeqId)sequence).Value;

    public int LastPosition(int sequence) => context.MemorySequenceMaxPosition((LLamaSeqId)sequence).Value;

    // LLamaSharp drops what llama.cpp answers: whether the end of a sequence went is seen from where it ends now.
    public bool Remove(int sequence, int from, int to)
    {
        var last = LastPosition(sequence);
        context.MemorySequenceRemove((LLamaSeqId)sequence, from, to);
        return (to != -1 && to <= last) || LastPosition(sequence) < Math.Max(from, 0);
    }

    public void Copy(int source, int destination, int from, int to) => context.MemorySequenceCopy((LLamaSeqId)source, (LLamaSeqId)destination, from, to);
}
