using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zakenak.Engine.LlamaCpp.Interop;
using Zakenak.Engine.Loading;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>Hands llama.cpp's lines to <see cref="NativeLines"/>.</summary>
internal static unsafe class LlamaLog
{
    public static void Attach() => Llama.LogSet(&OnLine, 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLine(int level, byte* text, nint userData)
    {
        if (NativeLines.Wants(level))
            NativeLines.Take(Marshal.PtrToStringUTF8((nint)text) ?? "");
    }
}
