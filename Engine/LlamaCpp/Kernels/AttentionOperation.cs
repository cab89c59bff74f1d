using Zakenak.Engine.Attention;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp.Kernels;

/// <summary><c>GGML_OP_FLASH_ATTN_EXT</c>: softmax(Q Kᵀ · scale + mask) V.</summary>
internal static unsafe class AttentionOperation
{
    private const int Float32 = 0; // GGML_TYPE_F32
    private const int Float16 = 1; // GGML_TYPE_F16

    // Of op_params, all of them float32.
    private const int Scale = 0;
    private const int MaxBias = 1;
    private const int SoftCap = 2;

    /// <summary>Whether it is one that <see cref="AttentionPool"/> computes; ggml's own kernels take what is not: quantized caches, ALiBi, soft caps, sinks.</summary>
    public static bool IsSupported(GgmlTensor* node)
    {
        GgmlTensor* q = Source(node, 0), k = Source(node, 1), v = Source(node, 2), mask = Source(node, 3);
        if (q is null || k is null || v is null || mask is null || Source(node, 4) is not null)
            return false;
        return Has(q, Float32) && Has(k, Float16) && Has(v, Float16) && Has(mask, Float16) && Has(node, Float32)
            && q->Size[3] == 1 && k->Size[3] == 1 && v->Size[3] == 1 && mask->Size[2] == 1 && mask->Size[3] == 1
            && k->Size[0] % AttentionShape.HeadStep == 0 && v->Size[0] % AttentionShape.HeadStep == 0
            && k->Size[2] == v->Size[2] && q->Size[2] % k->Size[2] == 0
            && mask->Size[0] >= k->Size[1] && mask->Size[1] >= q->Size[1]
            && node->Parameters[MaxBias] == 0 && node->Parameters[SoftCap] == 0;
    }

    /// <summary>Where its numbers lie.</summary>
    public static AttentionShape ShapeOf(GgmlTensor* node)
    {
        GgmlTensor* q = Source(node, 0), k = Source(node, 1), v = Source(node, 2), mask = Source(node, 3);
        return new AttentionShape
        {
            Queries = q->Data,
            QueryRowStride = (nint)q->Stride[1],
            QueryHeadStride = (nint)q->Stride[2],
            Keys = k->Data,
            KeyCellStride = (nint)k->Stride[1],
            KeyHeadStride = (nint)k->Stride[2],
            Values = v->Data,
            ValueCellStride = (nint)v->Stride[1],
            ValueHeadStride = (nint)v->Stride[2],
            Mask = mask->Data,
            MaskRowStride = (nint)mask->Stride[1],
            Output = (float*)node->Data,
            Rows = (int)q->Size[1],
            Cells = (int)k->Size[1],
            Heads = (int)q->Size[2],
            KeyValueHeads = (int)k->Size[2],
            HeadSize = (int)k->Size[0],
            ValueSize = (int)v->Size[0],
            Scale = BitConverter.Int32BitsToSingle(node->Parameters[Scale]),
        };
    }

    private static GgmlTensor* Source(GgmlTensor* node, int index) => (GgmlTensor*)node->Source[index];

    private static bool Has(GgmlTensor* tensor, int type) => tensor->Type == type && tensor->Stride[0] == (type == Float32 ? 4u : 2u);
}
