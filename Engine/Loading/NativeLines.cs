using System.Text;

namespace Zakenak.Engine.Loading;

/// <summary>
/// Where llama.cpp's lines go. The library has one callback per process and calls it on the thread that called the library, so the log is
/// looked up by thread: a model's lines go to that model's log. While a model loads, its thread also keeps the errors, for the exception's
/// message. Debug lines outside of loading are dropped: with LLAMA_BATCH_DEBUG set the library prints the tokens of every batch on that
/// level, and tokens are what users wrote.
/// </summary>
internal static class NativeLines
{
    private const int Continued = 5;
    private const int MaxErrorLength = 300;

    [ThreadStatic]
    private static NativeLog? _sink;

    [ThreadStatic]
    private static StringBuilder? _errors;

    [ThreadStatic]
    private static int _lastLevel;

    /// <summary>From here on what this thread makes the library say goes to <paramref name="sink"/>.</summary>
    public static void Use(NativeLog? sink) => _sink = sink;

    /// <summary>Runs a native call that loads something; <paramref name="errors"/> is what the library said went wrong, on one line.</summary>
    public static T WhileLoading<T>(Func<T> load, out string errors)
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

    /// <summary>True if anybody wants a line of this level now; the adapter reads its text only then.</summary>
    public static bool Wants(int level)
    {
        level = _lastLevel = level == Continued ? _lastLevel : level;
        return _errors is not null || (_sink is not null && level > (int)NativeLogLevel.Debug);
    }

    /// <summary>Takes a line that is wanted. An exception must not pass into native code, and a log that fails is no reason to stop.</summary>
    public static void Take(string text)
    {
        try
        {
            var (level, loading) = (_lastLevel, _errors);
            var line = OneLine(text);
            if (line.Length == 0)
                return;

            if (level >= (int)NativeLogLevel.Error && loading is not null && loading.Length < MaxErrorLength)
                loading.Append(line.AsSpan(0, Math.Min(line.Length, MaxErrorLength))).Append("; ");
            _sink?.Invoke((NativeLogLevel)Math.Clamp(level, (int)NativeLogLevel.Debug, (int)NativeLogLevel.Error), line);
        }
#pragma warning disable CA1031 // See above.
        catch
#pragma warning restore CA1031
        {
        }
    }

    // A model file's own strings appear in these lines: no control character of theirs may reach a terminal.
    private static string OneLine(string text)
    {
        var line = text.Trim();
        return line.AsSpan().ContainsAnyInRange('\0', '\x1f') ? new string([.. line.Select(c => char.IsControl(c) ? ' ' : c)]) : line;
    }
}
