using Zakenak.Engine.Cells;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>The KV cells by our own P/Invoke.</summary>
internal sealed class LlamaCppMemory(LlamaContextHandle context) : IKvMemory
{
    // Belongs to the context; read once, used only while the handle is held by a call or on the engine thread that disposes it.
    private readonly nint _memory = Llama.GetMemory(context);

    public bool IsClosed => context.IsClosed;

    public int FirstPosition(int sequence) => Llama.MemoryFirstPosition(_memory, sequence);

    public int LastPosition(int sequence) => Llama.MemoryLastPosition(_memory, sequence);

    public bool Remove(int sequence, int from, int to) => Llama.MemoryRemove(_memory, sequence, from, to) != 0;

    public void Copy(int source, int destination, int from, int to) => Llama.MemoryCopy(_memory, source, destination, from, to);
}
