using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>
/// Refuses a llama.cpp of another version before any struct crosses the border: the C API changes its structs from release to release,
/// and a mix overwrites memory instead of failing.
/// </summary>
internal static unsafe class AbiCanary
{
    /// <summary>The release whose header the structs of <c>Interop/</c> follow.</summary>
    public const string ExpectedVersion = "0.5.0";

    public static void Check()
    {
        // The version first: a call that returns a larger struct than we reserve would already do harm.
        CheckVersion(Marshal.PtrToStringUTF8((nint)Llama.Version()) ?? "unknown");
        CheckDefaults(Llama.ContextDefaultParams());
    }

    public static void CheckVersion(string actual)
    {
        if (actual != ExpectedVersion && !actual.StartsWith(ExpectedVersion + "-", StringComparison.Ordinal) && !actual.StartsWith(ExpectedVersion + " ", StringComparison.Ordinal) && !actual.StartsWith(ExpectedVersion + "+", StringComparison.Ordinal))
            throw Mismatch($"its version is {actual}");
    }

    /// <summary>Fields of known value at both ends of what they precede: a shifted layout reads something else there.</summary>
    public static void CheckDefaults(LlamaContextParams defaults)
    {
        if (defaults is not { ContextTokens: 512, BatchTokens: 2048, MicroBatchTokens: 512, FlashAttentionType: -1, OffloadKqv: 1, OtherContext: 0 })
            throw Mismatch($"its context defaults are {defaults.ContextTokens}/{defaults.BatchTokens}/{defaults.MicroBatchTokens}, not 512/2048/512");
        if (Unsafe.SizeOf<LlamaModelParams>() != 80 || Unsafe.SizeOf<LlamaContextParams>() != 160 || Unsafe.SizeOf<LlamaBatch>() != 56
            || Unsafe.SizeOf<GgmlThreadpoolParams>() != 528 || Unsafe.SizeOf<LlamaChatMessage>() != 16 || Unsafe.SizeOf<LlamaSamplerChainParams>() != 1)
            throw Mismatch("this runtime lays out its structs differently");
    }

    private static EngineException Mismatch(string what) =>
        new(EngineErrorCode.NativeAbiMismatch, $"This engine was written for llama.cpp {ExpectedVersion}; the library that was found does not fit: {what}.");
}
