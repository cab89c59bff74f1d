using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Zakenak.ModelTrust;

/// <summary>Files that are there whole or not at all, also after a power cut.</summary>
public static class AtomicFile
{
    public const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode Public = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes beside the target, flushes, renames. Null where it succeeded; without <paramref name="replace"/> a file that is there stays.</summary>
    public static Refusal? Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode, bool replace = true)
    {
        var target = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(target)!;
        var temporary = Path.Combine(directory, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = mode;
            }

            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: replace);
            FlushDirectory(directory);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            return new Refusal(RefusalCodes.WriteFailed, $"{path} can't be written: {e.Message}");
        }
    }

    /// <summary>Makes the names in a folder durable; renames are not before this.</summary>
    public static void FlushDirectory(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var handle = new SafeFileHandle(LinuxNative.Open(directory, LinuxNative.OpenDirectoryFlags, 0), ownsHandle: true);
        if (handle.IsInvalid || LinuxNative.Flush(handle) != 0)
        {
            throw new IOException($"{directory} can't be flushed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
