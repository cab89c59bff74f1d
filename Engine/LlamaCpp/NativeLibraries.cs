using System.Reflection;
using System.Runtime.InteropServices;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>
/// Loads llama.cpp into this process, once: native code has one copy per process, and so has this class. Every library comes from a
/// sealed copy that was hashed; the folder and ggml's own search of it, which would also load what GGML_BACKEND_PATH names, play no part.
/// </summary>
internal static unsafe class NativeLibraries
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Verified = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, nint> Handles = [];
    private static SealedLibraries? _kept;

    /// <summary>Checks the folder and, the first time, loads from it.</summary>
    public static void EnsureLoaded(string? directory)
    {
        var manifest = NativeManifest.ForThisMachine();
        directory = Path.GetFullPath(directory ?? Path.Combine(AppContext.BaseDirectory, "native", manifest.Platform));
        lock (Gate)
        {
            if (Verified.Contains(directory))
                return;

            var libraries = SealedLibraries.Open(directory, manifest);
            if (_kept is not null)
            {
                libraries.Dispose();
            }
            else
            {
                Load(manifest, libraries);
                _kept = libraries; // The linker knows them by the paths of their descriptors, which must not be given to other files.
            }

            Verified.Add(directory);
        }
    }

    private static void Load(NativeManifest manifest, SealedLibraries libraries)
    {
        if (Handles.Count == 0)
            NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

        // In the manifest's order: the linker finds the libraries that the next one needs by their names among those already loaded.
        foreach (var file in manifest.Core)
            Handles[LogicalName(file.Name)] = Open(libraries, file);

        AbiCanary.Check();
        LlamaLog.Attach();
        Llama.BackendInit();
        LoadBestCpuVariant(manifest, libraries);
    }

    // What ggml_backend_load_all_from_path does, over the sealed copies.
    private static void LoadBestCpuVariant(NativeManifest manifest, SealedLibraries libraries)
    {
        string? best = null;
        var bestScore = 0;
        foreach (var variant in manifest.CpuVariants)
        {
            var handle = Open(libraries, variant);
            var score = NativeLibrary.TryGetExport(handle, "ggml_backend_score", out var function)
                ? ((delegate* unmanaged[Cdecl]<int>)function)()
                : 0;
            NativeLibrary.Free(handle);
            if (score > bestScore)
                (best, bestScore) = (variant.Name, score);
        }

        if (best is null || Ggml.BackendLoad(libraries[best].Path) == 0)
            throw new EngineException(EngineErrorCode.NativeLoadFailed, $"None of llama.cpp's CPU builds for {manifest.Platform} runs on this processor.");

        foreach (var variant in manifest.CpuVariants.Where(variant => variant.Name != best))
            libraries.Release(variant.Name);
    }

    private static nint Open(SealedLibraries libraries, NativeManifest.Entry file)
    {
        try
        {
            return NativeLibrary.Load(libraries[file.Name].Path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new EngineException(EngineErrorCode.NativeLoadFailed, $"The dynamic linker refused {file.Name}: {e.Message}", e);
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) => Handles.GetValueOrDefault(name);

    // libllama.v0.5.0.so is "llama", libggml-base.so is "ggml-base".
    private static string LogicalName(string file) => file["lib".Length..file.IndexOf('.', StringComparison.Ordinal)];
}
