using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Zakenak.ModelTrust;

/// <summary>The system calls of Linux that .NET does not offer. Constants are of the kernel's uapi headers.</summary>
internal static partial class LinuxNative
{
    public const uint MemfdCloseOnExec = 0x1;
    public const uint MemfdAllowSealing = 0x2;
    public const uint MemfdNoExecSeal = 0x8;

    public const int AddSeals = 1033;
    public const int GetSeals = 1034;
    public const int SealSeal = 0x1;
    public const int SealShrink = 0x2;
    public const int SealGrow = 0x4;
    public const int SealWrite = 0x8;
    public const int SealFutureWrite = 0x10;

    public const int SetSignal = 10;
    public const int SetLease = 1024;
    public const int GetLease = 1025;
    public const int ReadLock = 0;
    public const int Unlock = 2;
    public const int UrgentSignal = 23;

    public const int AtSymlinkNoFollow = 0x100;
    public const int AtEmptyPath = 0x1000;
    public const uint StatxType = 0x1;
    public const int FileTypeMask = 0xF000;
    public const int RegularFile = 0x8000;

    private const int OpenNonBlocking = 0x800;
    private const int OpenCloseOnExec = 0x80000;

    /// <summary>No symbolic link is followed, and a pipe put in a file's place does not make the opener wait.</summary>
    public static int OpenRegularFlags =>
        OpenNonBlocking | OpenCloseOnExec | (RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000);

    public static int OpenDirectoryFlags =>
        OpenCloseOnExec | (RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x4000 : 0x10000);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(SafeFileHandle handle, int command, int argument);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Flush(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Stat(int directory, string path, int flags, uint mask, out FileStatus status);

    /// <summary>The head of <c>struct statx</c>, which has one layout on every architecture; 256 bytes in all.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    public struct FileStatus
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint Links;
        public uint Owner;
        public uint Group;
        public ushort Mode;

        public readonly bool IsRegularFile => (Mode & FileTypeMask) == RegularFile;
    }
}
