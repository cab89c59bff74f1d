using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.Sampling;

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
        var version = Marshal.PtrToStringUTF8((nint)Llama.Version()) ?? "unknown";
        CheckVersion(version);
        CheckDefaults(Llama.ContextDefaultParams(), version);
    }

    /// <summary>Takes 0.5.0 and its builds (0.5.0-dev), not 0.5.01.</summary>
    public static void CheckVersion(string actual)
    {
        if (!actual.StartsWith(ExpectedVersion, StringComparison.Ordinal) || (actual.Length > ExpectedVersion.Length && char.IsAsciiLetterOrDigit(actual[ExpectedVersion.Length])))
            throw Mismatch(actual, "the C API changes between versions");
    }

    /// <summary>Fields of known value at both ends of what they precede: a shifted layout reads something else there.</summary>
    public static void CheckDefaults(LlamaContextParams defaults, string version)
    {
        if (defaults is not { ContextTokens: 512, BatchTokens: 2048, MicroBatchTokens: 512, FlashAttentionType: -1, OffloadKqv: 1, OtherContext: 0 })
            throw Mismatch(version, $"its context defaults read {defaults.ContextTokens}/{defaults.BatchTokens}/{defaults.MicroBatchTokens} instead of 512/2048/512");
        if (Unsafe.SizeOf<LlamaModelParams>() != 80 || Unsafe.SizeOf<LlamaContextParams>() != 160 || Unsafe.SizeOf<LlamaBatch>() != 56
            || Unsafe.SizeOf<GgmlThreadpoolParams>() != 528 || Unsafe.SizeOf<LlamaSamplerChainParams>() != 1
            || Unsafe.SizeOf<Candidate>() != 12 || Unsafe.SizeOf<LlamaTokenDataArray>() != 32 || Unsafe.SizeOf<LlamaLogitBias>() != 8)
            throw Mismatch(version, "this runtime lays out its structs differently");
    }

    private static EngineException Mismatch(string actual, string why) =>
        new(EngineErrorCode.NativeAbiMismatch, $"This engine was written for llama.cpp {ExpectedVersion}, but the library is {actual}: {why}.");
}
