using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Zakenak.ModelTrust.Sealing;

/// <summary>
/// An anonymous file in memory that nobody, this process included, can change once it is sealed: what was hashed is what is loaded.
/// </summary>
internal static class SealedMemory
{
    private const int AllSeals = LinuxNative.SealSeal | LinuxNative.SealShrink | LinuxNative.SealGrow | LinuxNative.SealWrite;

    public static Result<SafeFileHandle> Create(long length)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new Refusal(
                RefusalCodes.SealingNotSupported,
                "This system can't seal memory, so a verified model could be changed before it is loaded. Run the model server on Linux.");
        }

        if (RequireMemory(length) is { } refusal)
        {
            return refusal;
        }

        // Kernels before 6.3 do not know the no-exec flag.
        var descriptor = LinuxNative.CreateMemoryFile("zakenak-model", LinuxNative.MemfdCloseOnExec | LinuxNative.MemfdAllowSealing | LinuxNative.MemfdNoExecSeal);
        if (descriptor < 0)
        {
            descriptor = LinuxNative.CreateMemoryFile("zakenak-model", LinuxNative.MemfdCloseOnExec | LinuxNative.MemfdAllowSealing);
        }

        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : new Refusal(RefusalCodes.SealingFailed, $"No memory file could be made: {Marshal.GetLastPInvokeErrorMessage()}. Allow memfd_create to this process.");
    }

    /// <summary>Ends all writing, for good. Null where every seal is seen to be there.</summary>
    public static Refusal? Seal(SafeFileHandle memory)
    {
        var added = LinuxNative.FileControl(memory, LinuxNative.AddSeals, AllSeals);
        var error = Marshal.GetLastPInvokeErrorMessage();
        return added == 0 && (LinuxNative.FileControl(memory, LinuxNative.GetSeals, 0) & AllSeals) == AllSeals
            ? null
            : new Refusal(RefusalCodes.SealingFailed, $"The memory file could not be sealed: {error}. Use a kernel with memfd sealing.");
    }

    public static string PathOf(SafeFileHandle memory) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{memory.DangerousGetHandle()}");

    public static Refusal Short(long needed, long available) => new(
        RefusalCodes.InsufficientMemory,
        $"The model needs {needed >> 20} MiB of memory and {available >> 20} MiB are free. Free some, raise the limit of this process, or choose a smaller model.");

    /// <summary>A first check, so that a model far too large fails at once; writing may still find memory short.</summary>
    private static Refusal? RequireMemory(long length)
    {
        var available = Math.Min(MemAvailable(), CgroupLimit());
        return length <= available ? null : Short(length, available);
    }

    private static long MemAvailable()
    {
        try
        {
            var line = File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
            return line is not null && long.TryParse(line.AsSpan(13, line.Length - 13 - 2).Trim(), CultureInfo.InvariantCulture, out var kilobytes)
                ? kilobytes * 1024
                : long.MaxValue;
        }
        catch (IOException)
        {
            return long.MaxValue;
        }
    }

    private static long CgroupLimit()
    {
        try
        {
            return long.TryParse(File.ReadAllText("/sys/fs/cgroup/memory.max").Trim(), CultureInfo.InvariantCulture, out var limit) ? limit : long.MaxValue;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return long.MaxValue;
        }
    }
}
