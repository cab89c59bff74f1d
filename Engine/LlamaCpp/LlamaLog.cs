using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>
/// Where llama.cpp's lines go. The library has one callback per process, so this is static; each loaded model's log gets every line. While
/// a model loads, its thread also keeps the errors, for the exception's message. Debug lines outside of loading are dropped: with
/// LLAMA_BATCH_DEBUG set the library prints the tokens of every batch on that level, and tokens are what users wrote.
/// </summary>
internal static unsafe class LlamaLog
{
    private const int Continued = 5;
    private const int MaxErrorLength = 300;

    private static readonly Lock Gate = new();
    private static NativeLog[] _sinks = [];

    [ThreadStatic]
    private static StringBuilder? _errors;

    [ThreadStatic]
    private static int _lastLevel;

    public static void Attach() => Llama.LogSet(&OnLine, 0);

    public static void Add(NativeLog sink)
    {
        lock (Gate)
            _sinks = [.. _sinks, sink];
    }

    public static void Remove(NativeLog sink)
    {
        lock (Gate)
        {
            var index = Array.IndexOf(_sinks, sink);
            if (index >= 0)
                _sinks = [.. _sinks[..index], .. _sinks[(index + 1)..]];
        }
    }

    /// <summary>Runs a native call that loads something; <paramref name="errors"/> is what the library said went wrong, on one line.</summary>
    public static nint WhileLoading(Func<nint> load, out string errors)
    {
        _errors = new StringBuilder();
        try
        {
            var result = load();
            errors = _errors.ToString().TrimEnd('.', ' ', ';');
            return result;
        }
        finally
        {
            _errors = null;
        }
    }

    // An exception must not pass into native code, and a log that fails is no reason to stop.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLine(int level, byte* text, nint userData)
    {
        try
        {
            level = _lastLevel = level == Continued ? _lastLevel : level;
            var loading = _errors;
            if (level <= (int)NativeLogLevel.Debug && loading is null)
                return;

            var line = OneLine(text);
            if (line.Length == 0)
                return;

            if (level >= (int)NativeLogLevel.Error && loading is not null && loading.Length < MaxErrorLength)
                loading.Append(line.AsSpan(0, Math.Min(line.Length, MaxErrorLength))).Append("; ");
            foreach (var sink in _sinks)
                sink((NativeLogLevel)Math.Clamp(level, (int)NativeLogLevel.Debug, (int)NativeLogLevel.Error), line);
        }
#pragma warning disable CA1031 // See above.
        catch
#pragma warning restore CA1031
        {
        }
    }

    // A model file's own strings appear in these lines: no control character of theirs may reach a terminal.
    private static string OneLine(byte* text)
    {
        var line = (Marshal.PtrToStringUTF8((nint)text) ?? "").Trim();
        return line.AsSpan().ContainsAnyInRange('\0', '\x1f') ? new string([.. line.Select(c => char.IsControl(c) ? ' ' : c)]) : line;
    }
}
