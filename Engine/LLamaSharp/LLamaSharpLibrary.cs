using System.Reflection;
using LLama.Exceptions;
using LLama.Native;
using Zakenak.Engine.Loading;

namespace Zakenak.Engine.LLamaSharp;

/// <summary>
/// The native library of LLamaSharp's backend package, once in a process. LLamaSharp loads it and knows no pinned hashes: what lies in the
/// folder is what runs.
/// </summary>
internal static unsafe class LLamaSharpLibrary
{
    private const int GpuDevice = 1; // GGML_BACKEND_DEVICE_TYPE_GPU
    private const int IntegratedGpuDevice = 2; // GGML_BACKEND_DEVICE_TYPE_IGPU

    private static readonly Lock Gate = new();
    private static string? _loadedFor;
    private static delegate* unmanaged[Cdecl]<nint, int, nint> _chainGet;

    /// <summary>Loads the library, the first time; later another folder is refused, since it could not be taken any more.</summary>
    public static void EnsureLoaded(string? directory)
    {
        var folder = Path.GetFullPath(directory ?? AppContext.BaseDirectory);
        lock (Gate)
        {
            if (_loadedFor is null)
                Load(folder);
            else if (_loadedFor != folder)
                throw new EngineException(EngineErrorCode.NativeLoadFailed, $"LLamaSharp's native library is loaded for {_loadedFor} already; a process has one.");
            _loadedFor = folder;
        }
    }

    /// <summary>
    /// Whether a chain's sampler could be made. LLamaSharp adds what llama.cpp gives it, null too, and has no way to ask: any use of such
    /// a chain would end the process.
    /// </summary>
    public static bool IsMade(SafeLLamaSamplerChainHandle chain, int index) => _chainGet(chain.DangerousGetHandle(), index) != 0;

    /// <summary>The GPUs that llama.cpp sees.</summary>
    public static int CountGpus()
    {
        // LLamaSharp's own imports of ggml look for a file beside the program, not for the one that it has loaded.
        var count = (delegate* unmanaged[Cdecl]<nuint>)LoadedLibrary.Export("ggml", "ggml_backend_dev_count");
        var device = (delegate* unmanaged[Cdecl]<nuint, nint>)LoadedLibrary.Export("ggml", "ggml_backend_dev_get");
        var type = (delegate* unmanaged[Cdecl]<nint, int>)LoadedLibrary.Export("ggml-base", "ggml_backend_dev_type");
        var gpus = 0;
        for (nuint i = 0; i < count(); i++)
            gpus += type(device(i)) is GpuDevice or IntegratedGpuDevice ? 1 : 0;
        return gpus;
    }

    private static void Load(string folder)
    {
        try
        {
            var cuda = Built() == "Cuda12";
            // Without fallback: it would look for any libllama on the system, and take the CPU's where CUDA's does not load.
            NativeLibraryConfig.LLama.WithSearchDirectory(folder).WithCuda(cuda).WithVulkan(false).WithAutoFallback(false).SkipCheck(cuda);
            NativeLogConfig.llama_log_set(OnLine);
            NativeApi.llama_empty_call();
        }
        catch (Exception e) when (e is RuntimeError or TypeInitializationException or DllNotFoundException or InvalidOperationException)
        {
            throw new EngineException(EngineErrorCode.NativeLoadFailed, $"LLamaSharp could not load its native library: {(e.InnerException ?? e).Message.ReplaceLineEndings(" ")}", e);
        }

        CheckAbi();
        _chainGet = (delegate* unmanaged[Cdecl]<nint, int, nint>)LoadedLibrary.Export("llama", "llama_sampler_chain_get");
    }

    // The backend package that the build chose.
    private static string? Built() => typeof(LLamaSharpLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(entry => entry.Key == "LLamaBackend")?.Value;

    // Fields of known value: a library of another release lays its structs out differently and reads something else there.
    private static void CheckAbi()
    {
        var defaults = LLamaContextParams.Default();
        if (defaults is not { n_ctx: 512, n_batch: 2048, n_ubatch: 512, llama_flash_attn_type: LLamaFlashAttentionType.LLAMA_FLASH_ATTENTION_TYPE_AUTO, offload_kqv: true })
        {
            throw new EngineException(
                EngineErrorCode.NativeAbiMismatch,
                $"The native library is not the one of this LLamaSharp: its context defaults read {defaults.n_ctx}/{defaults.n_batch}/{defaults.n_ubatch} instead of 512/2048/512.");
        }
    }

    private static void OnLine(LLamaLogLevel level, string message)
    {
        if (NativeLines.Wants((int)level))
            NativeLines.Take(message);
    }
}
