using System.Globalization;
using System.Runtime.InteropServices;

namespace Zakenak.Audit;

/// <summary>The files of one log: <c>audit-SEQ.jsonl</c> named after their first record, <c>checkpoints.jsonl</c> and <c>lock</c>.</summary>
internal static class AuditFolder
{
    public const string Checkpoints = "checkpoints.jsonl";
    public const string LockFile = "lock";
    private const string Prefix = "audit-";
    private const string Suffix = ".jsonl";

    public static string NameOf(long firstSequence) => Prefix + firstSequence.ToString("D12", CultureInfo.InvariantCulture) + Suffix;

    /// <summary>The log's files in the order of their records.</summary>
    public static IReadOnlyList<(string Path, long FirstSequence)> Files(string directory) =>
        [.. Directory.EnumerateFiles(directory, Prefix + "*" + Suffix)
            .Select(path => (path, First: FirstSequenceOf(Path.GetFileName(path))))
            .Where(f => f.First > 0)
            .OrderBy(f => f.First)];

    public static void Create(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Opens for writing, mode 0600 where it is made.</summary>
    public static FileStream Open(string path, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>Makes a new file's name durable: on Unix that is a matter of the folder, not of the file.</summary>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Posix.Open(directory, 0);
        if (descriptor < 0)
        {
            throw new IOException($"The folder {directory} cannot be opened (errno {Marshal.GetLastPInvokeError()}).");
        }

        var failed = Posix.Fsync(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = Posix.Close(descriptor);
        if (failed)
        {
            throw new IOException($"The folder {directory} cannot be flushed (errno {error}).");
        }
    }

    private static long FirstSequenceOf(string name) =>
        long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            ? first
            : 0;

    private static class Posix
    {
        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Fsync(int descriptor);

        [DllImport("libc", EntryPoint = "close")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int descriptor);
    }
}
