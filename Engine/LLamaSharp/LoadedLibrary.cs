using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Zakenak.Engine.LLamaSharp;

/// <summary>Functions of the libraries that LLamaSharp has loaded and has no way to call.</summary>
internal static class LoadedLibrary
{
    /// <summary>The address of a function of the library <paramref name="name"/>, as "ggml-base".</summary>
    public static nint Export(string name, string function)
    {
        // Loading a library again by its own file gives the one that is there.
        using var process = Process.GetCurrentProcess();
        var file = process.Modules.Cast<ProcessModule>().Select(module => module.FileName).FirstOrDefault(file => Is(Path.GetFileName(file), name));
        return file is not null && NativeLibrary.TryGetExport(NativeLibrary.Load(file), function, out var address)
            ? address
            : throw new EngineException(EngineErrorCode.NativeAbiMismatch, $"LLamaSharp's native library {name} has no {function}.");
    }

    // libggml.so and libggml.so.0, but not libggml-base.so.
    private static bool Is(string file, string name) =>
        file == $"{name}.dll" || file.StartsWith($"lib{name}.so", StringComparison.Ordinal) || file == $"lib{name}.dylib";
}
