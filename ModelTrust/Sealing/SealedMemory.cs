using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Zakenak.ModelTrust.Sealing;

/// <summary>
/// An anonymous file in memory. From its first byte on only this object can write to it, and once it is sealed nobody can, this process
/// included: what was hashed while it was written is what is loaded.
/// </summary>
internal sealed class SealedMemory : IDisposable
{
    private const int AllSeals = LinuxNative.SealSeal | LinuxNative.SealShrink | LinuxNative.SealGrow | LinuxNative.SealWrite;

    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;

    private SealedMemory(SafeFileHandle handle, MemoryMappedFile? map)
    {
        Handle = handle;
        _map = map;
        _view = map?.CreateViewAccessor();
    }

    /// <summary>Outlives this object.</summary>
    public SafeFileHandle Handle { get; }

    public static Result<SealedMemory> Create(long length)
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
            ? Prepare(new SafeFileHandle(descriptor, ownsHandle: true), length)
            : new Refusal(RefusalCodes.SealingFailed, $"No memory file could be made: {Marshal.GetLastPInvokeErrorMessage()}. Allow memfd_create to this process.");
    }

    public void Write(ReadOnlySpan<byte> piece, long offset) => _view!.SafeMemoryMappedViewHandle.WriteSpan((ulong)offset, piece);

    /// <summary>Ends all writing, for good. Null where every seal is seen to be there.</summary>
    public Refusal? Seal()
    {
        // A mapping that can write stands in the way of the last seals.
        Dispose();
        return AddSeals(Handle, AllSeals);
    }

    public void Dispose()
    {
        _view?.Dispose();
        _map?.Dispose();
    }

    public static string PathOf(SafeFileHandle memory) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{memory.DangerousGetHandle()}");

    public static Refusal Short(long needed, long available) => new(
        RefusalCodes.InsufficientMemory,
        $"The model needs {needed >> 20} MiB of memory and {available >> 20} MiB are free. Free some, raise the limit of this process, or choose a smaller model.");

    /// <summary>
    /// Another process of the same user can open the file through /proc and write what has been hashed already. After this seal no new
    /// descriptor and no new mapping can write, only the mapping that is made here (Linux 5.1).
    /// </summary>
    private static Result<SealedMemory> Prepare(SafeFileHandle handle, long length)
    {
        SealedMemory? memory = null;
        try
        {
            RandomAccess.SetLength(handle, length);
            memory = new SealedMemory(handle, length == 0 ? null : MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true));
            if (AddSeals(handle, LinuxNative.SealFutureWrite | LinuxNative.SealShrink | LinuxNative.SealGrow) is not { } refusal)
            {
                return memory;
            }

            memory.Dispose();
            handle.Dispose();
            return refusal;
        }
        catch (IOException)
        {
            memory?.Dispose();
            handle.Dispose();
            return Short(length, 0);
        }
    }

    private static Refusal? AddSeals(SafeFileHandle handle, int seals)
    {
        var added = LinuxNative.FileControl(handle, LinuxNative.AddSeals, seals);
        var error = Marshal.GetLastPInvokeErrorMessage();
        return added == 0 && (LinuxNative.FileControl(handle, LinuxNative.GetSeals, 0) & seals) == seals
            ? null
            : new Refusal(RefusalCodes.SealingFailed, $"The memory file could not be sealed: {error}. Use a kernel with memfd sealing, 5.1 or later.");
    }

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
