using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.LlamaCpp.Kernels;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>The arrays of one <c>llama_batch</c>, made once and pinned, so that decoding allocates nothing.</summary>
internal sealed unsafe class DecodeBatch
{
    private readonly int[] _tokens;
    private readonly int[] _positions;
    private readonly int[] _sequenceCounts;
    private readonly int[] _sequences;
    private readonly nint[] _sequencePointers;
    private readonly sbyte[] _logits;
    private readonly bool _nativeKernels;

    public DecodeBatch(int capacity, bool nativeKernels)
    {
        _nativeKernels = nativeKernels;
        _tokens = GC.AllocateArray<int>(capacity, pinned: true);
        _positions = GC.AllocateArray<int>(capacity, pinned: true);
        _sequenceCounts = GC.AllocateArray<int>(capacity, pinned: true);
        _sequences = GC.AllocateArray<int>(capacity, pinned: true);
        _sequencePointers = GC.AllocateArray<nint>(capacity, pinned: true);
        _logits = GC.AllocateArray<sbyte>(capacity, pinned: true);
        for (var i = 0; i < capacity; i++)
        {
            _sequenceCounts[i] = 1;
            _sequencePointers[i] = (nint)Pointer(_sequences) + (i * sizeof(int));
        }
    }

    /// <summary>Decodes so many tokens of any sequences.</summary>
    public DecodeStatus Decode(LlamaContextHandle context, ReadOnlySpan<BatchToken> batch)
    {
        KernelDevice.IsOff = _nativeKernels;
        return Llama.Decode(context, Fill(batch)) switch
        {
            0 => DecodeStatus.Done,
            1 => DecodeStatus.OutOfCells,
            _ => DecodeStatus.Failed,
        };
    }

    private LlamaBatch Fill(ReadOnlySpan<BatchToken> batch)
    {
        for (var i = 0; i < batch.Length; i++)
        {
            ref readonly var token = ref batch[i];
            _tokens[i] = token.Token;
            _positions[i] = token.Position;
            _sequences[i] = token.Sequence;
            _logits[i] = token.Logits ? (sbyte)1 : (sbyte)0;
        }

        return new LlamaBatch
        {
            TokenCount = batch.Length,
            Tokens = Pointer(_tokens),
            Positions = Pointer(_positions),
            SequenceCounts = Pointer(_sequenceCounts),
            Sequences = (int**)Pointer(_sequencePointers),
            Logits = Pointer(_logits),
        };
    }

    // The arrays lie on the pinned heap: their addresses hold as long as they are referenced, which this object does.
    private static T* Pointer<T>(T[] pinned)
        where T : unmanaged => (T*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
