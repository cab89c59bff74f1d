using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Zakenak.ModelTrust.Signing;

/// <summary>
/// Linux's read lease on a file (fcntl(2), F_SETLEASE): whoever would write to it or shorten it waits until the lease ends. So what is
/// mapped can't vanish, which would end the process by SIGBUS.
/// </summary>
internal sealed class FileLease : IDisposable
{
    private static readonly bool IsKept = BreakSeconds() >= 5;

    private readonly SafeFileHandle _file;

    private FileLease(SafeFileHandle file) => _file = file;

    /// <summary>False once somebody waits for the file: end it soon, the kernel takes it after 45 s (fs.lease-break-time).</summary>
    public bool IsHeld => LinuxNative.FileControl(_file, LinuxNative.GetLease, 0) == LinuxNative.ReadLock;

    /// <summary>Null where there is none to have: a file of somebody else's, one that is open for writing, a file system without leases, another kernel.</summary>
    public static FileLease? TryTake(SafeFileHandle file) =>
        // The signal that says that somebody waits would by default end the process; this one is ignored.
        IsKept && LinuxNative.FileControl(file, LinuxNative.SetSignal, LinuxNative.UrgentSignal) == 0
            && LinuxNative.FileControl(file, LinuxNative.SetLease, LinuxNative.ReadLock) == 0
            ? new FileLease(file)
            : null;

    public void Dispose() => _ = LinuxNative.FileControl(_file, LinuxNative.SetLease, LinuxNative.Unlock);

    private static int BreakSeconds()
    {
        try
        {
            return int.Parse(File.ReadAllText("/proc/sys/fs/lease-break-time"), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return 0;
        }
    }
}
