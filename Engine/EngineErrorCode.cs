namespace Zakenak.Engine;

/// <summary>Stable codes of <see cref="EngineException"/>.</summary>
public static class EngineErrorCode
{
    /// <summary>No build of the native library for this system.</summary>
    public const string NativeUnsupported = "native_unsupported";

    /// <summary>A pinned native library is not in its folder.</summary>
    public const string NativeMissing = "native_missing";

    /// <summary>A native library is not the one that was pinned, or the folder holds one that was not.</summary>
    public const string NativeHashMismatch = "native_hash_mismatch";

    /// <summary>The dynamic linker refused a native library that is the pinned one.</summary>
    public const string NativeLoadFailed = "native_load_failed";

    /// <summary>The native library is of another version than the one this engine was written for.</summary>
    public const string NativeAbiMismatch = "native_abi_mismatch";

    /// <summary>The file is absent, truncated or not a model that llama.cpp reads.</summary>
    public const string ModelLoadFailed = "model_load_failed";

    /// <summary>A sound model of a kind that this engine does not serve.</summary>
    public const string ModelUnsupported = "model_unsupported";

    /// <summary>A GPU is asked for that this machine, or this build of llama.cpp, does not have.</summary>
    public const string DeviceMissing = "device_missing";

    /// <summary>The context could not be made from these options.</summary>
    public const string ContextFailed = "context_failed";

    /// <summary>No memory for weights, KV cells or compute buffers.</summary>
    public const string OutOfMemory = "out_of_memory";

    /// <summary>The model's tokenizer refused the text.</summary>
    public const string TokenizeFailed = "tokenize_failed";

    /// <summary>What should be a grammar is none.</summary>
    public const string GrammarInvalid = "grammar_invalid";
}
