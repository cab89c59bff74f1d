using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.MatMul;

namespace Zakenak.Engine.LlamaCpp.Kernels;

/// <summary><c>GGML_OP_MUL_MAT</c> of weights with the vectors of a batch.</summary>
internal static unsafe class MatMulOperation
{
    private const int Float32 = 0; // GGML_TYPE_F32
    private const int Block8 = 8; // GGML_TYPE_Q8_0

    /// <summary>Whether it is one that <see cref="MatMulPool"/> computes; ggml's own kernels take what is not: weights of other types, mixtures of experts.</summary>
    public static bool IsSupported(GgmlTensor* node)
    {
        GgmlTensor* weights = (GgmlTensor*)node->Source[0], vectors = (GgmlTensor*)node->Source[1];
        return weights->Type == Block8 && weights->Stride[0] == MatMulShape.BlockBytes
            && weights->Size[0] % MatMulShape.BlockColumns == 0 && weights->Size[1] >= MatMulShape.RowStep
            && IsMatrix(weights) && IsVectors(vectors) && IsVectors(node);
    }

    /// <summary>Where its numbers lie.</summary>
    public static MatMulShape ShapeOf(GgmlTensor* node)
    {
        GgmlTensor* weights = (GgmlTensor*)node->Source[0], vectors = (GgmlTensor*)node->Source[1];
        return new MatMulShape
        {
            Weights = weights->Data,
            WeightStride = (nint)weights->Stride[1],
            Vectors = vectors->Data,
            VectorStride = (nint)vectors->Stride[1],
            Output = node->Data,
            OutputStride = (nint)node->Stride[1],
            Rows = (int)weights->Size[1],
            Columns = (int)weights->Size[0],
            Tokens = (int)vectors->Size[1],
        };
    }

    private static bool IsMatrix(GgmlTensor* tensor) => tensor->Size[2] == 1 && tensor->Size[3] == 1;

    private static bool IsVectors(GgmlTensor* tensor) => tensor->Type == Float32 && tensor->Stride[0] == sizeof(float) && IsMatrix(tensor);
}
